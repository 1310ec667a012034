import { describe, expect, it } from "@jest/globals";
import * as z from "zod";

import { MAIL_RECORDS as MAIL_RECORDS_OF_ROLES } from "../../infra/constructs/messaging-permissions.ts";
import { exampleSeller } from "../../shared/contracts/seller.ts";
import { defineJob, type JobExample, type JobNeeds } from "../../shared/job/define-job.ts";
import { fixed } from "../../shared/job/retry-policy.ts";
import type { JobHandle } from "../../shared/lambda/job-function.ts";
import {
  checkJob,
  crashAfter,
  exampleOf,
  expectCompleted,
  expectEffectOnce,
  expectMessage,
  expectNothingDone,
  fixedLinks,
  runJob,
  type Tested,
} from "../../testing/index.ts";
import { MAIL_RECORDS } from "../../testing/needs.ts";

const payload = z.object({ to: z.string() });
type Payload = z.infer<typeof payload>;
const ada: Payload = { to: "+31612345678" };

const NEEDS: JobNeeds = { messages: true, email: true, files: ["assets"], records: { note: "write" } };

function tested(
  handle: JobHandle<Payload>,
  { needs = NEEDS, example }: { readonly needs?: JobNeeds; readonly example?: JobExample<Payload> } = {},
): Tested<Payload> {
  const definition = defineJob({
    type: "tested",
    summary: "For a test.",
    payload,
    retry: { maxAttempts: 3, backoff: fixed(60_000) },
    run: { timeoutSeconds: 60, memoryMb: 128, batchSize: 1 },
    needs,
    ...(example !== undefined && { example }),
  });
  return { definition, handle };
}

const textTo =
  (text: string, onUnknown: "resend" | "review" = "resend"): JobHandle<Payload> =>
  (job, { messenger }) =>
    job.effect("message", {
      onUnknown,
      send: (attempt) =>
        messenger.send({
          ...attempt,
          channel: "sms",
          from: "+15005550006",
          to: job.payload.to,
          content: { text },
        }),
    });

const refusalOf = (running: Promise<unknown>): Promise<string> =>
  running.then(
    () => "nothing was thrown",
    (error: unknown) => String(error),
  );

describe("a message", () => {
  const greeting = tested(textTo("Hello."));

  it("is among what the run has done", async () => {
    const run = await runJob(greeting, ada);
    expect(expectCompleted(run)).toMatchObject({ id: "SM00000000000000000000000000000001" });
    expect(expectMessage(run, { to: "+31612345678", channel: "sms" })).toMatchObject({
      id: "SM00000000000000000000000000000001",
      content: { text: "Hello." },
      jobId: run.id,
    });
    expect(() => expectNothingDone(run)).toThrow('message "Hello."');
    expect(() => expectMessage(run, { channel: "whatsapp" })).toThrow(
      'never a message (whatsapp) went out, not once. Sent: sms "Hello." to +31612345678.',
    );
  });

  it.each([
    ["throttled", { status: "completed", attempts: 2 }, { sends: 2, receiptFrom: "send" }, 1],
    ["lost", { status: "completed", attempts: 3 }, { sends: 1, receiptFrom: "found" }, 1],
    ["timeout", { status: "completed", attempts: 3 }, { sends: 2, receiptFrom: "send" }, 1],
    ["rejected", { status: "failed", attempts: 1, error: { code: "21211" } }, { state: "not done" }, 0],
  ] as const)("that is %s at first ends as the promise says", async (outcome, ending, effect, messages) => {
    const run = await runJob(greeting, ada, { messages: [outcome] });
    expect(run).toMatchObject(ending);
    expect(run.effects["message"]).toMatchObject(effect);
    expect(run.messages).toHaveLength(messages);
  });

  it("that nobody reports is sent again where its effect allows it", async () => {
    const run = await runJob(greeting, ada, { messages: ["lost"], isMessageReported: false });
    expect(run.messages).toHaveLength(2);
  });

  it("goes out once, also when the process dies right after the send", async () => {
    const run = await runJob(greeting, ada, { faults: [crashAfter("messenger.send")] });
    expect(expectEffectOnce(run, "message").receiptFrom).toBe("found");
  });

  it("that is sent outside of an effect is found by a check", async () => {
    const careless = tested(async (job, { messenger }) => {
      const message = { channel: "sms", from: "+15005550006", to: job.payload.to, content: { text: "Hi." } } as const;
      await messenger.send({ ...message, jobId: job.id, effect: "none" });
    });
    expect(await refusalOf(checkJob(careless, ada))).toContain('sms message "Hi." to +31612345678');
    await expect(checkJob(greeting, ada)).resolves.toMatchObject({ resends: [] });
  });

  it("can be asked for afterwards", async () => {
    const asking = tested(async (job, services) => {
      const { id } = (await textTo("Hello.")(job, services)) as { readonly id: string };
      return services.messenger.report(id);
    });
    expect((await runJob(asking, ada)).result).toMatchObject({ status: "delivered" });
  });
});

describe("the settings", () => {
  const reading = tested(async (_, { settings }) => (await settings.read()).name);
  const stored = { kind: "settings", id: "seller", body: { ...exampleSeller, name: "Zoë’s" } };

  it("are those of an example, which is none of the run's records", async () => {
    const run = await runJob(reading, ada);
    expect(run).toMatchObject({ result: exampleSeller.name, records: [] });
  });

  it("are those that the test gives", async () => {
    const run = await runJob(reading, ada, { records: [stored] });
    expect(run).toMatchObject({ result: "Zoë’s", records: [{ kind: "settings", id: "seller" }] });
  });

  it("may be missing", async () => {
    const run = await runJob(reading, ada, { hasSeller: false });
    expect(run.error?.code).toBe("SELLER_SETTINGS_MISSING");
  });
});

describe("a mail's turn", () => {
  const waiting = tested((job, { mailPace }) => mailPace.turn({ isBulk: false, signal: job.signal }));

  it("comes at once, or after a wait", async () => {
    const { durationMs } = await runJob(waiting, ada);
    expect((await runJob(waiting, ada, { mailTurnsMs: [3_000] })).durationMs).toBe(durationMs + 3_000);
  });

  it("that is far off makes its job snooze", async () => {
    const run = await runJob(waiting, ada, { mailTurnsMs: ({ number }) => (number === 1 ? 3_600_000 : 0) });
    expect(run.endings).toEqual(["snooze", "complete"]);
    expect(run.durationMs).toBeGreaterThanOrEqual(3_600_000);
  });
});

describe("a handler", () => {
  it("signs links that its test can verify", async () => {
    const linking = tested((_, { links }) => links.url("unsubscribe", "somebody"));
    const { result } = await runJob(linking, ada);
    const token = String(result).split("/").at(-1) ?? "";
    await expect(fixedLinks.verify("unsubscribe", token)).resolves.toBe("somebody");
    await expect(fixedLinks.verify("file", token)).resolves.toBeUndefined();
  });

  it("knows what time it is", async () => {
    const asking = tested((_, { clock }) => Promise.resolve(new Date(clock.now()).toISOString()));
    expect((await runJob(asking, ada, { now: "2026-03-01T00:00:00Z" })).result).toMatch(/^2026-03-01T00:00:00/);
  });

  it("gets the files and records of its type's example", async () => {
    const handle: JobHandle<Payload> = async (_, { files, records }) => [
      Buffer.from(await files.get("assets", "a.txt")).toString(),
      (await records.list({ kind: "note", id: "n" })).map(({ part }) => part),
    ];
    const given = tested(handle, {
      example: {
        payload: ada,
        files: [{ bucket: "assets", key: "a.txt", text: "Aha." }],
        records: [{ kind: "note", id: "n", part: "p", body: {} }],
      },
    });
    const example = exampleOf(given);
    expect((await runJob(given, example.payload, example.options)).result).toEqual(["Aha.", ["p"]]);
    expect(() => exampleOf(tested(handle))).toThrow("The definition of tested has no `example`. Add one to it.");
  });

  it.each<[string, JobHandle<Payload>, string]>([
    ["sends messages", textTo("Hi."), "set `needs.messages` to true"],
    ["asks for messages", (_, { messenger }) => messenger.report("SM1"), "set `needs.messages` to true"],
    ["reads the settings", (_, { settings }) => settings.read(), 'add `settings: "read"` to `needs.records`'],
    [
      "waits for a mail's turn",
      (job, { mailPace }) => mailPace.turn({ isBulk: true, signal: job.signal }),
      "set `needs.email` to true",
    ],
    ["signs links", (_, { links }) => links.url("file", "id"), "set `needs.email` to true"],
    ["lists", (_, { records }) => records.list({ kind: "note", id: "n" }), 'add `note: "read"` to `needs.records`'],
  ])("that %s without its definition's needs is denied, and the test told", async (_, handle, need) => {
    expect(await refusalOf(runJob(tested(handle, { needs: {} }), ada))).toContain(
      `The role of tested does not allow this: ${need}`,
    );
  });

  it("that mails may use what its role allows", () => {
    expect(MAIL_RECORDS).toEqual(MAIL_RECORDS_OF_ROLES);
  });

  it("that mails may use the records that every mail needs, and no others", async () => {
    const mailing = (handle: JobHandle<Payload>) => runJob(tested(handle, { needs: { email: true } }), ada);
    const using = await mailing(async (_, { records }) => {
      await records.get({ kind: "suppression", id: "somebody" });
      await records.create({ kind: "file_link", id: "link" }, {});
    });
    expectCompleted(using);
    const suppressing = mailing((_, { records }) => records.create({ kind: "suppression", id: "somebody" }, {}));
    expect(await refusalOf(suppressing)).toContain('add `suppression: "write"` to `needs.records`');
  });
});
