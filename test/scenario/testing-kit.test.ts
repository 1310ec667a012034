import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

import { describe, expect, it, jest } from "@jest/globals";
import * as z from "zod";

import { toChild } from "../../shared/engine/flow/children.ts";
import { PermanentError } from "../../shared/errors/job-errors.ts";
import { Continue, Snooze } from "../../shared/errors/postponements.ts";
import { defineJob, type JobNeeds } from "../../shared/job/define-job.ts";
import { fixed } from "../../shared/job/retry-policy.ts";
import type { JobSchedule } from "../../shared/job/schedule.ts";
import type { Services } from "../../shared/lambda/compose-services.ts";
import type { JobHandle } from "../../shared/lambda/job-function.ts";
import {
  checkJob,
  checkSchedule,
  crashAfter,
  crashBefore,
  expectCompleted,
  expectEffectOnce,
  expectEnqueued,
  expectMail,
  expectNothingDone,
  loseAnswer,
  refuse,
  runJob,
  runSchedule,
  type RunOptions,
  type Tested,
} from "../../testing/index.ts";
import { handler as invoiceEmail } from "../../functions/billing/invoice-email.ts";
import { handler as stripeEvent } from "../../functions/billing/stripe-event.ts";
import { invoiceEmail as invoiceEmailType } from "../../shared/catalog/billing.ts";

const HOUR_MS = 3_600_000;
const payload = z.object({ to: z.string() });
type Payload = z.infer<typeof payload>;
const ada: Payload = { to: "ada@example.com" };

interface Parts {
  readonly type?: string;
  readonly needs?: JobNeeds;
  readonly maxAttempts?: number;
  readonly timeoutSeconds?: number;
  readonly schedules?: readonly JobSchedule<Payload>[];
}

const ALL_NEEDS: JobNeeds = {
  email: true,
  files: ["invoices"],
  records: { note: "write" },
  enqueues: ["tested", "child"],
};

/** A type of the test's own, tried three times, an hour apart. */
function tested(
  handle: JobHandle<Payload>,
  { type = "tested", needs = ALL_NEEDS, maxAttempts = 3, timeoutSeconds = 60, schedules = [] }: Parts = {},
): Tested<Payload> {
  const definition = defineJob({
    type,
    summary: "For a test.",
    payload,
    retry: { maxAttempts, backoff: fixed(HOUR_MS) },
    run: { timeoutSeconds, memoryMb: 128, batchSize: 1 },
    needs,
    schedules,
  });
  return { definition, handle };
}

const mime = (subject: string) => Buffer.from(`From: shop@example.com\r\nSubject: ${subject}\r\n\r\nHello.`);

const mailWith =
  (onUnknown: "resend" | "review"): JobHandle<Payload> =>
  async (job, { mailer }) => {
    const { id } = await job.effect("mail", {
      what: "Greeting",
      to: job.payload.to,
      onUnknown,
      send: (attempt) => mailer.send({ ...attempt, raw: mime("Hi"), from: "shop@example.com", to: job.payload.to }),
    });
    return { id };
  };
const greeting = tested(mailWith("resend"));
const cautious = tested(mailWith("review"));

const note: JobHandle<Payload> = async (job, { records }) => {
  await records.create({ kind: "note", id: job.payload.to }, { text: "Hello." });
};

/** Runs it, and gives the error's text. */
const refusalOf = async (running: Promise<unknown>): Promise<string> =>
  running.then(
    () => "nothing was thrown",
    (error: unknown) => String(error),
  );

describe("a run", () => {
  it("shows what a handler of the catalog has done: mail, file, effect", async () => {
    const { example } = invoiceEmailType;
    if (example === undefined) throw new Error("There is no example.");
    const run = await runJob(invoiceEmail, example.payload, { records: example.records ?? [] });
    expect(expectCompleted(run)).toEqual({ pdf: run.files[0]?.key, messageId: "mail-1" });
    const mail = expectMail(run, { to: "ada@example.com", subject: /INV-2026-000001/ });
    expect(mail).toMatchObject({ from: "invoices@studio.example.com", replyTo: ["support@studio.example.com"] });
    expect(mail.text).toContain("223.85");
    expect(mail.html).toContain("<html");
    expect(mail.attachments).toMatchObject([{ filename: "INV-2026-000001.pdf", contentType: "application/pdf" }]);
    expect(
      Buffer.from(mail.attachments[0]?.content ?? [])
        .subarray(0, 5)
        .toString(),
    ).toBe("%PDF-");
    expect(run.files).toMatchObject([{ bucket: "invoices", contentType: "application/pdf" }]);
    expect(expectEffectOnce(run, "mail")).toMatchObject({
      what: "Your invoice INV-2026-000001 from Studio Example",
      receipt: "mail-1",
    });
  });

  it("shows records as they are at the end, and the jobs that were enqueued with their options", async () => {
    const { example } = stripeEvent.definition;
    if (example === undefined) throw new Error("There is no example.");
    const run = await runJob(stripeEvent, example.payload, { records: example.records ?? [] });
    expect(run.records.find(({ kind }) => kind === "order")?.body).toMatchObject({ status: "paid" });
    const invoice = expectEnqueued(run, invoiceEmailType);
    expect(invoice).toMatchObject({ status: "pending", options: { idempotencyKey: "ord_1001" } });
    expect(run.mails).toEqual([]);
  });

  it("runs the jobs of further types, whose effects show as well", async () => {
    const { example } = stripeEvent.definition;
    if (example === undefined) throw new Error("There is no example.");
    const options = { records: example.records ?? [], others: [invoiceEmail] };
    const run = await runJob(stripeEvent, example.payload, options);
    expect(run.enqueued).toMatchObject([
      { type: "invoice_email", status: "completed", result: { messageId: "mail-1" } },
      { type: "order_confirmation", status: "pending" },
    ]);
    expectMail(run, { to: "ada@example.com" });
  });

  it("lets hours of backoff pass at once, and tells what each attempt threw", async () => {
    const job = tested(async ({ attempt }) => {
      if (attempt < 3) throw new TypeError(`Attempt ${attempt}.`);
      return "done";
    });
    const run = await runJob(job, ada, { latencyMs: 0 });
    expect(run).toMatchObject({ status: "completed", result: "done", error: undefined, attempts: 3 });
    expect(run).toMatchObject({ durationMs: 2 * HOUR_MS, endings: ["retry", "retry", "complete"] });
    expect(run.thrown).toEqual([new TypeError("Attempt 1."), new TypeError("Attempt 2.")]);
  });

  it("adds jitter to backoffs only with a seed, the same for the same seed", async () => {
    const job = tested(async ({ attempt }) => {
      if (attempt < 2) throw new Error("Not yet.");
    });
    const lasting = async (options: RunOptions) => (await runJob(job, ada, { latencyMs: 0, ...options })).durationMs;
    const first = await lasting({ seed: 7 });
    expect(first).toBeGreaterThan(HOUR_MS);
    expect(await lasting({ seed: 7 })).toBe(first);
    expect(await lasting({ seed: 8 })).not.toBe(first);
  });

  it("fails for good with the code that its handler gave, and what is in the dead-letter queue can be replayed", async () => {
    const world = { isMended: false };
    const job = tested(async ({ log }) => {
      if (!world.isMended) throw new PermanentError("NO_ORDER", "There is no order.");
      log.with({ order: 1 }).info("Mended.", { by: "hand" });
    });
    const run = await runJob(job, ada);
    expect(run).toMatchObject({ status: "failed", error: { code: "NO_ORDER" }, attempts: 1, deadLetters: 1 });
    expect(() => expectCompleted(run)).toThrow("is failed, not completed. NO_ORDER: There is no order.");
    world.isMended = true;
    const again = await run.replay();
    expect(again).toMatchObject({ status: "completed", attempts: 2, deadLetters: 0 });
    expect(again.logs).toEqual([{ level: "info", message: "Mended.", fields: { order: 1, by: "hand" } }]);
    expect(run.status).toBe("failed");
  });

  it("follows Snooze and Continue", async () => {
    const begun: number[] = [];
    const job = tested(async ({ attempt }) => {
      begun.push(attempt);
      if (begun.length === 1) throw new Snooze({ delayMs: 30 * 24 * HOUR_MS });
      if (begun.length < 4) throw new Continue();
    });
    const run = await runJob(job, ada);
    expect(run).toMatchObject({ status: "completed", attempts: 4, thrown: [] });
    expect(run.endings).toEqual(["snooze", "continue", "continue", "complete"]);
    expect(run.durationMs).toBeGreaterThanOrEqual(30 * 24 * HOUR_MS);
  });

  it("makes the handler's own clock virtual, and nobody else's", async () => {
    const seen: unknown[] = [];
    const job = tested(async ({ attempt }) => {
      seen.push(Date.now(), new Date().toISOString(), new Date(0).toISOString(), new Date() instanceof Date);
      if (attempt < 2) throw new Error("Later.");
    });
    const running = runJob(job, ada, { now: "2030-05-06T07:00:00Z", latencyMs: 0 });
    expect(new Date().getFullYear()).toBeLessThan(2030);
    await running;
    const at = Date.parse("2030-05-06T07:00:00Z");
    const epoch = "1970-01-01T00:00:00.000Z";
    const later = [at + HOUR_MS, "2030-05-06T08:00:00.000Z", epoch, true];
    expect(seen).toEqual([at, "2030-05-06T07:00:00.000Z", epoch, true, ...later]);
    expect(Object.is(globalThis.Date, Date) && Date.name).toBe("Date");
  });

  it("has a time of its own, beside other runs", async () => {
    let begun = 0;
    let meet = () => {};
    const allHaveBegun = new Promise<void>((resolve) => (meet = resolve));
    const telling = tested(async (job) => {
      const first = new Date().getFullYear();
      begun += 1;
      if (begun === 3) meet();
      await job.step("one", () => allHaveBegun);
      return [first, new Date().getFullYear()];
    });
    const years = ["2031", "2032", "2033"].map((year) => runJob(telling, ada, { now: `${year}-06-01T00:00:00Z` }));
    expect((await Promise.all(years)).map(({ result }) => result)).toEqual([
      [2031, 2031],
      [2032, 2032],
      [2033, 2033],
    ]);
  });

  it("waits for its time, under its tenant and key", async () => {
    const job = tested(async ({ tenant, id }) => ({ tenant, id }));
    const run = await runJob(job, ada, { delayMs: 3 * 24 * HOUR_MS, tenant: "acme", idempotencyKey: "key-1" });
    expect(run.result).toEqual({ tenant: "acme", id: "tested-key-1" });
    expect(run.durationMs).toBeGreaterThanOrEqual(3 * 24 * HOUR_MS);
  });

  it("reads given files and records, and shows what was written and how far the job has come", async () => {
    const copying = tested(async (job, { files, records }) => {
      const text = Buffer.from(await files.get("invoices", "in.txt")).toString();
      const known = await records.get({ kind: "note", id: "n", part: "p" });
      await job.progress({ done: 1, total: 2 });
      const out = { bucket: "invoices", key: "out.txt", contentType: "text/plain" } as const;
      await job.step("out", () => files.putOnce({ ...out, body: Buffer.from(text + text) }));
      await files.putOnce({ ...out, body: Buffer.from("too late") });
      await records.replace({ kind: "note", id: "n", part: "p" }, known?.version ?? 0, { count: 2 });
    });
    const run = await runJob(copying, ada, {
      files: [{ bucket: "invoices", key: "in.txt", body: "ab" }],
      records: [{ kind: "note", id: "n", part: "p", body: { count: 1 } }],
    });
    expectCompleted(run);
    expect(run.files.map((file) => [file.key, file.text()])).toEqual([["out.txt", "abab"]]); // once

    expect(run.records).toEqual([{ kind: "note", id: "n", part: "p", body: { count: 2 }, version: 2 }]);
    expect(run.progress).toMatchObject({ done: 1, total: 2 });
  });
});

describe("a mail", () => {
  it.each([
    ["throttled", { status: "completed", attempts: 2 }, { sends: 2, receiptFrom: "send" }, 1],
    ["lost", { status: "completed", attempts: 3 }, { sends: 1, receiptFrom: "found" }, 1],
    ["timeout", { status: "completed", attempts: 3 }, { sends: 2, receiptFrom: "send" }, 1],
    ["rejected", { status: "failed", attempts: 1, error: { code: "MessageRejected" } }, { state: "not done" }, 0],
  ] as const)("that is %s at first ends as the promise says", async (outcome, ending, effect, mails) => {
    const run = await runJob(greeting, ada, { mail: [outcome] });
    expect(run).toMatchObject(ending);
    expect(run.effects["mail"]).toMatchObject(effect);
    expect(run.mails).toHaveLength(mails);
  });

  it("meets what a function decides, by recipient and number", async () => {
    const run = await runJob(greeting, ada, {
      mail: ({ to, number }) => (to === "ada@example.com" && number < 3 ? "throttled" : undefined),
    });
    expect(run.effects["mail"]).toMatchObject({ state: "done", sends: 3 });
    expect(() => expectEffectOnce(run, "mail")).toThrow(
      'The effect "mail" of job tested-id-1 is done, and was sent 3 times.',
    );
  });

  it("that nobody reports stops a cautious job for a person, whose word it follows", async () => {
    const options = { mail: ["lost"], isMailReported: false } as const;
    const run = await runJob(cautious, ada, options);
    expect(run.status).toBe("needs_review");
    expect(run.effects["mail"]).toMatchObject({ state: "unknown", receipt: undefined, sends: 1 });
    const sent = await run.resolve("mail", { sent: true, receipt: "mail-1" });
    expect(sent).toMatchObject({ status: "completed", result: { id: "mail-1" } });
    expect(sent.effects["mail"]).toMatchObject({ receiptFrom: "person", sends: 1 });
    expect(await refusalOf(run.resolve("mail", { again: true }))).toContain("resolve does not apply");
    const again = await (await runJob(cautious, ada, options)).resolve("mail", { again: true });
    expect(again).toMatchObject({ status: "completed", mails: [{ id: "mail-1" }, { id: "mail-2" }] });
    expect(() => expectMail(again)).toThrow("2 times a mail () went out, not once.");
  });

  it("is cancelled with its job", async () => {
    const run = await runJob(cautious, ada, { mail: ["timeout"], isMailReported: false });
    expect((await run.cancel()).status).toBe("cancelled");
  });
});

describe("a family", () => {
  const child = tested(mailWith("resend"), { type: "child" });
  const parent = tested(async (job) => {
    const names = ["one", "two"];
    await job.spawnMany(names.map((name) => toChild(name, child.definition, { to: `${name}@example.com` })));
    return (await job.waitForChildren()).map(({ result }) => result);
  });

  it("runs, children and parent", async () => {
    const run = await runJob(parent, ada, { others: [child] });
    expect(run).toMatchObject({ status: "completed", result: [{ id: "mail-1" }, { id: "mail-2" }], attempts: 2 });
    expect(run.children.map(({ payload: given }) => given)).toEqual([
      { to: "one@example.com" },
      { to: "two@example.com" },
    ]);
    expect(run.endings).toEqual(["wait", "complete"]);
  });

  it("may have fake children", async () => {
    const fake = { definition: child.definition, handle: async () => "faked" };
    const run = await runJob(parent, ada, { others: [fake] });
    expect(run.result).toEqual(["faked", "faked"]);
    expectNothingDone({ ...run, enqueued: [] });
  });

  it("may go on without the one that began it, whose end counts", async () => {
    const starting = tested((job) => job.enqueue(child.definition, ada, { delayMs: HOUR_MS }));
    const run = await runJob(starting, ada, { others: [child] });
    expect(run.enqueued).toMatchObject([{ status: "completed", options: { delayMs: HOUR_MS }, parentId: undefined }]);
    expect(run.durationMs).toBeLessThan(HOUR_MS);
    expect(run.at).toBeGreaterThan(Date.UTC(2026, 0, 1, 1));
  });

  it("says whom it misses", async () => {
    const text = await refusalOf(runJob(parent, ada));
    expect(text).toContain(
      "tested-id-1 waits for jobs of type child, which nothing runs here. Give their handlers as `others`",
    );
  });
});

describe("a sweep", () => {
  it("does each item's effect once, over a crash", async () => {
    const sweeping = tested(async (job, { mailer }) =>
      job.sweep<number, number>("all", {
        page: async (cursor = 0) => ({ items: [cursor, cursor + 1], ...(cursor < 4 && { next: cursor + 2 }) }),
        key: (item) => `item-${item}`,
        isDue: (item) => item !== 3,
        each: (item, { effect }) =>
          effect({
            onUnknown: "resend",
            send: (attempt) =>
              mailer.send({ ...attempt, raw: mime("Hi"), from: "a@example.com", to: `${item}@example.com` }),
          }),
      }),
    );
    const run = await runJob(sweeping, ada, {
      faults: [crashAfter("mailer.send", 2)],
      mail: ({ to }) => (to === "4@example.com" ? "rejected" : "sent"),
    });
    expect(run).toMatchObject({
      status: "completed",
      result: { pages: 3, visited: 6, done: 4, skipped: 1, failed: 1 },
    });
    expect(run.mails.map(({ to }) => to[0])).toEqual(["0", "1", "2", "5"]);
    expect(run.sweeps["all"]).toMatchObject({ isDone: true, errors: [{ key: "item-4", code: "MessageRejected" }] });
    const states = ["done", "done", "done", "not done", "done"];
    expect(Object.values(run.effects).map(({ sends, state }) => [sends, state])).toEqual(
      states.map((each) => [1, each]),
    );
  });
});

describe("a schedule", () => {
  const nightly = { name: "nightly", cron: "0 2 * * *", payload: ada, catchUpSeconds: 3_600 };
  const job = tested(async ({ occurrence }) => ({ ...occurrence, now: Date.now() }), { schedules: [nightly] });
  const at = "2026-03-02T02:00:00Z";

  it("runs the occurrence that is asked for, or the next one", async () => {
    const run = await runSchedule(job, "nightly", at, { latencyMs: 0 });
    expect(run.result).toEqual({ schedule: "nightly", at: Date.parse(at), now: Date.parse(at) });
    const next = await runSchedule(job, "nightly", undefined, { now: "2026-03-01T02:00:01Z" });
    expect(next.result).toMatchObject({ at: Date.parse(at) });
  });

  it("catches up, and does not run what is too late", async () => {
    const late = await runSchedule(job, "nightly", at, { now: "2026-03-02T02:59:00Z" });
    expect(late.result).toMatchObject({ at: Date.parse(at), now: expect.any(Number) });
    const missed = refusalOf(runSchedule(job, "nightly", at, { now: "2026-03-02T03:01:00Z" }));
    expect(await missed).toContain("was not run: missed, its tick came more than 3600 s late");
  });

  it("says what is no occurrence, and which schedules there are", async () => {
    expect(await refusalOf(runSchedule(job, "nightly", "2026-03-02T03:00:00Z"))).toContain(
      '"nightly" (0 2 * * *, UTC) has no occurrence at 2026-03-02T03:00:00.000Z; the next one is at 2026-03-03T02:00:00.000Z.',
    );
    expect(await refusalOf(runSchedule(job, "daily"))).toContain('tested has no schedule "daily". It has "nightly".');
  });
});

describe("a fault", () => {
  it("kills the process before or after a call; what it meant to do is done once", async () => {
    const before = await runJob(greeting, ada, { faults: [crashBefore("mailer.send")] });
    expect(before.effects["mail"]).toMatchObject({ state: "done", sends: 2 });
    const after = await runJob(greeting, ada, { faults: [crashAfter("mailer.send")] });
    expect(after.effects["mail"]).toMatchObject({ state: "done", sends: 1, receiptFrom: "found" });
    expect([before.mails.length, after.mails.length]).toEqual([1, 1]);
    expect(after.attempts).toBeGreaterThan(1);
  });

  it("refuses a call, or loses its answer", async () => {
    const job = tested(note);
    const refused = await runJob(job, ada, { faults: [refuse("records.create(note)")] });
    expect(refused).toMatchObject({ status: "completed", attempts: 2, records: [{ version: 1 }] });
    const lost = await runJob(job, ada, { faults: [loseAnswer("records.create")] });
    expect(lost.thrown).toEqual([new Error("The answer was lost (records.create(note)).")]);
    expect(lost.records).toHaveLength(1);
  });

  it("uses attempts up when it comes each time", async () => {
    const faults = [1, 2].map((nth) => crashBefore("records.create", nth));
    const run = await runJob(tested(note, { maxAttempts: 2 }), ada, { faults });
    expect(run).toMatchObject({ status: "failed", error: { code: "CRASH_LOOP" }, attempts: 2, records: [] });
  });

  it("must happen", async () => {
    const text = await refusalOf(runJob(greeting, ada, { faults: [crashAfter("maler.send", 2)] }));
    expect(text).toContain(
      'These faults never happened: "crash after" at the 2. call of "maler.send". Calls that were made:',
    );
    expect(text).toContain("effect.send(mail), mailer.send");
    expect(await refusalOf(runJob(greeting, ada, { faults: [crashAfter("mailer.send", 0)] }))).toContain(
      "counts from 1",
    );
  });
});

describe("a hostile handler", () => {
  it("that never returns is stopped at its deadline", async () => {
    const signals: boolean[] = [];
    const job = tested(async ({ signal }) => {
      signal.addEventListener("abort", () => signals.push(signal.aborted));
      await new Promise(() => {});
    });
    const run = await runJob(job, ada, { patienceMs: 20 });
    expect(run).toMatchObject({ status: "failed", error: { code: "TIMEOUT" }, attempts: 3 });
    expect(signals).toEqual([true, true, true]);
  });

  it("that works hard, here or on another thread, between its calls is not taken for hanging", async () => {
    const job = tested(async ({ attempt }, { records }) => {
      const end = performance.now() + 300;
      while (performance.now() < end);
      for (const id of ["one", "two", "three"]) {
        await promisify(gzip)(randomBytes(1_000_000));
        await records.create({ kind: "note", id }, { attempt });
      }
      return "done";
    });
    const run = await runJob(job, ada, { patienceMs: 200 });
    expect(run).toMatchObject({ status: "completed", result: "done", attempts: 1 });
  });

  it("that is slow outside runs out of time", async () => {
    const latencyMs = (call: string) => (call === "mailer.send" ? 65_000 : 10);
    const run = await runJob(greeting, ada, { latencyMs });
    expect(run).toMatchObject({ status: "failed", error: { code: "CRASH_LOOP" }, mails: [] });
  });

  it("that never ends is given up, or looked at where the test wants to", async () => {
    const job = tested(async () => {
      throw new Snooze({ delayMs: HOUR_MS });
    });
    const text = await refusalOf(runJob(job, ada));
    expect(text).toContain("The run does not end");
    expect(text).toContain("tested-id-1 is retrying; its handler began");
    expect(text).toContain("snooze, snooze, snooze. Give `limitMs`");
    const run = await runJob(job, ada, { limitMs: 2.5 * HOUR_MS });
    expect(run).toMatchObject({ status: "retrying", attempts: 3 });
    expect(await run.goOn(HOUR_MS)).toMatchObject({ status: "retrying", attempts: 4 });
    const busy = tested(async () => {
      throw new Continue();
    });
    expect(await refusalOf(runJob(busy, ada))).toContain("after 1000 invocations");
  });

  it("that throws what is no error, or swallows what it is thrown, is what it is in the engine", async () => {
    const strange = tested(async () => {
      throw null;
    });
    expect(await runJob(strange, ada)).toMatchObject({
      status: "failed",
      error: { code: "NOT_AN_ERROR" },
      thrown: [null, null, null],
    });
    const swallowing = tested(async (job, services) => {
      await mailWith("resend")(job, services).catch(() => {});
      return "fine";
    });
    const run = await runJob(swallowing, ada, { mail: ["lost"] });
    expect(run.endings).toEqual(["retry", "release", "complete"]);
  });

  it.each<[string, JobHandle<Payload>, string]>([
    ["mails", mailWith("resend"), "set `needs.email` to true"],
    ["writes", note, 'add `note: "write"` to `needs.records`'],
    ["reads", (_, { records }) => records.get({ kind: "note", id: "n" }), 'add `note: "read"` to `needs.records`'],
    ["reads files", (_, { files }) => files.get("invoices", "k"), 'add "invoices" to `needs.files`'],
    ["enqueues", (job) => job.enqueue(greeting.definition, ada), 'add "tested" to `needs.enqueues`'],
    ["spawns", (job) => job.spawn("one", greeting.definition, ada), 'add "tested" to `needs.enqueues`'],
  ])("that %s without its definition's needs is denied, and the test told", async (_, handle, need) => {
    expect(await refusalOf(runJob(tested(handle, { needs: {} }), ada))).toContain(
      `The role of tested does not allow this: ${need}`,
    );
  });
});

describe("a test that cannot work", () => {
  it("is told all that is wrong with its payload, by the compiler first", async () => {
    // @ts-expect-error -- `to` is text
    const wrong = runJob(greeting, { to: 1 });
    expect(await refusalOf(wrong)).toContain("The payload is not right for a job of type tested: to: ");
  });

  it.each<[string, RunOptions, string]>([
    ["two handlers of a type", { others: [greeting] }, "There are two handlers of tested"],
    [
      "a record twice",
      { records: [1, 2].map((n) => ({ kind: "note", id: "n", body: { n } })) },
      "note#n is given twice",
    ],
    ["no time", { now: "yesterday" }, '"yesterday" is no time'],
    ["an unknown outcome", { mail: ["bounced" as "lost"] }, '"bounced" is not what can become of a mail'],
    ["two times", { delayMs: 1, runAt: 1 }, "give `runAt` or `delayMs`, not both"],
  ])("is told of %s", async (_, options, text) => {
    expect(await refusalOf(runJob(greeting, ada, options))).toContain(text);
  });

  it("is told what to give", async () => {
    const nothing = {} as Tested<Payload>;
    expect(await refusalOf(runJob(nothing, ada))).toContain("Give what a function's file exports as `handler`");
  });

  it("is told what there is where an expectation finds nothing", async () => {
    const run = await runJob(greeting, ada);
    expect(() => expectEffectOnce(run, "sms")).toThrow('has no effect "sms". It has: mail.');
    expect(() => expectMail(run, { to: "eve@example.com" })).toThrow('Sent: "Hi" to ada@example.com.');
    expect(() => expectNothingDone(run)).toThrow('It did: effect mail; mail "Hi".');
    expect(() => expectEnqueued(run, greeting.definition)).toThrow("was enqueued never, not once. Enqueued: nothing.");
  });
});

describe("a check", () => {
  const checkOf = (handle: JobHandle<Payload>, parts?: Parts) => refusalOf(checkJob(tested(handle, parts), ada));

  it("is content with what survives every crash", async () => {
    const { runs, calls, resends } = await checkJob(cautious, ada);
    expect(runs).toBe(1 + 3 * calls.length);
    expect(calls).toContain("mailer.send");
    expect(resends).toEqual([]);
    const { example } = stripeEvent.definition;
    if (example === undefined) throw new Error("There is no example.");
    await checkJob(stripeEvent, example.payload, { records: example.records ?? [] });
  });

  it("does not mind other times", async () => {
    const dating = tested(async (_, { records }) => {
      const now = Date.now();
      const times = { now, seconds: Math.floor(now / 1000), text: new Date().toISOString(), key: `k-${now}` };
      await records.create({ kind: "note", id: "n" }, times);
    });
    await expect(checkJob(dating, ada)).resolves.toMatchObject({ resends: [] });
  });

  it("finds a mail that is sent outside of an effect", async () => {
    const text = await checkOf(async ({ id, payload: { to } }, { mailer, records }) => {
      await mailer.send({ jobId: id, effect: "mail", raw: mime("Hi"), from: "shop@example.com", to });
      await records.get({ kind: "note", id: "n" });
    });
    expect(text).toContain("tested does not survive every crash");
    expect(text).toContain('- mail "Hi" to ada@example.com (effect mail of tested-<id>): 2 times instead of once');
    expect(text).toMatch(/crash after mailer.send \(call \d+\)/);
  });

  it("finds a record that is written anew by each attempt", async () => {
    const text = await checkOf(async (job, { records, mailer }) => {
      const key = { kind: "note", id: "count" };
      const { record } = await records.create(key, { count: 0 });
      await records.replace(key, record.version, { count: Number(record.body["count"]) + 1 });
      await mailWith("resend")(job, { records, mailer } as Services);
    });
    expect(text).toContain('record note#count: ["{\\"count\\":2}"] instead of ["{\\"count\\":1}"]');
    expect(text).not.toContain("- mail");
  });

  it("finds records and jobs that get a new id each time", async () => {
    const text = await checkOf(async (job, { records }) => {
      await records.create({ kind: "note", id: crypto.randomUUID() }, { at: Date.now() });
      await job.enqueue({ ...greeting.definition, type: "child" }, ada);
    });
    expect(text).toContain("record note#<uuid>: 2 times instead of once");
    expect(text).toContain("job child-<id>: 2 times instead of once");
  });

  it("finds a receipt search that denies what was done", async () => {
    const text = await checkOf(async (job) =>
      job.effect("form", {
        onUnknown: "review",
        send: async () => ({ id: "form-1" }),
        findReceipt: async () => ({ outcome: "notSent" }),
      }),
    );
    expect(text).toContain('`findReceipt` of the effect "form" says "notSent" of something that was sent');
    expect(text).toContain("effect form of tested-<id>: 2 times instead of once");
  });

  it("finds a handler that makes light of a failed call", async () => {
    const text = await checkOf(async (job, services) => {
      await note(job, services).catch(() => {});
      await job.step("store", async () => {
        const file = { bucket: "invoices", key: "k", body: Buffer.from("x"), contentType: "text/plain" } as const;
        if (!(await services.files.putOnce(file))) throw new PermanentError("THERE_ALREADY", "It is there already.");
      });
    });
    expect(text).toContain("the job ended failed (THERE_ALREADY) instead of completed");
    expect(text).toContain("the answer lost of files.putOnce");
  });

  it("allows what an effect of unknown outcome may do twice, and says so", async () => {
    const printed: string[] = [];
    const printing = tested((job) =>
      job.effect("label", { onUnknown: "resend", send: async () => ({ id: `label-${printed.push("label")}` }) }),
    );
    const reset = { beforeEach: () => void printed.splice(0) };
    const { resends } = await checkJob(printing, ada, reset);
    expect(resends).toEqual(["effect label of tested-<id>: 2 times instead of once"]);
    const text = await refusalOf(checkJob(printing, ada, { ...reset, alsoCompare: () => printed }));
    expect(text).toContain("`alsoCompare`");
  });

  it("checks what a schedule begins, its tick and its row included", async () => {
    const nightly = { name: "nightly", cron: "0 2 * * *", payload: ada };
    const { calls } = await checkSchedule(tested(mailWith("resend"), { schedules: [nightly] }), "nightly");
    expect(calls).toContain("store.create");
    const twice = tested(
      async ({ id, payload: { to } }, { mailer }) =>
        mailer.send({ jobId: id, effect: "mail", raw: mime("Hi"), from: "shop@example.com", to }),
      { schedules: [nightly] },
    );
    expect(await refusalOf(checkSchedule(twice, "nightly"))).toContain("2 times instead of once");
  });

  it("wants a job that ends well undisturbed, or the ending that it is told of", async () => {
    const failing = tested(async () => {
      throw new PermanentError("NO_ORDER", "There is no order.");
    });
    expect(await refusalOf(checkJob(failing, ada))).toContain(
      "Undisturbed, the job ends failed (NO_ORDER), not completed.",
    );
    await expect(checkJob(failing, ada, { expectedStatus: "failed" })).resolves.toMatchObject({ resends: [] });
    expect(await checkOf(note, { needs: {} })).toContain("The role of tested does not allow this");
  });

  it("does not take one item's receipt for another's", async () => {
    const printed = new Set<number>();
    const each = (item: number) => ({
      onUnknown: "review" as const,
      send: async () => {
        printed.add(item);
        return { id: `label-${item}` };
      },
      findReceipt: async () =>
        printed.has(item) ? { outcome: "found" as const, id: `label-${item}` } : { outcome: "notSent" as const },
    });
    const sweeping = tested((job) =>
      job.sweep<number, number>("all", {
        page: async () => ({ items: [1, 2] }),
        key: String,
        each: (item, { effect }) => effect(each(item)),
      }),
    );
    const report = await checkJob(sweeping, ada, { beforeEach: () => printed.clear() });
    expect(report.resends).toEqual([]);
  });

  it("does not count against a job that a crash takes its only attempt", async () => {
    const once = tested(mailWith("review"), { maxAttempts: 1 });
    await expect(checkJob(once, ada)).resolves.toMatchObject({ resends: [] });
  });

  it("leaves jest's own fake timers alone", async () => {
    jest.useFakeTimers({ now: 0 });
    try {
      expect((await runJob(greeting, ada)).status).toBe("completed");
      expect(Date.now()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });
});
