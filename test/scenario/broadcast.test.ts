import { checkJob, crashBefore, runJob, type AnyTested, type RunOptions, type TestRun } from "../../testing/index.ts";
import { describe, expect, it } from "@jest/globals";

import { handler as broadcastPage } from "../../functions/messaging/broadcast-page.ts";
import { handler as emailBroadcast } from "../../functions/messaging/email-broadcast.ts";
import { moveBroadcast, type BroadcastMove } from "../../shared/broadcast/broadcast-record.ts";
import type { BroadcastPayload } from "../../shared/contracts/broadcast.ts";
import { recipientIdOf } from "../../shared/records/suppression.ts";
import type { Services } from "../../shared/lambda/compose-services.ts";

const MINUTE_MS = 60_000;
const CSV = "audiences/spring.csv";

const spring: BroadcastPayload = {
  broadcastId: "spring",
  audience: { csv: CSV },
  mail: { type: "marketing", data: { subject: "Spring", heading: "New glazes", paragraphs: ["Come and see them."] } },
};

const csvOf = (emails: readonly string[]) => ["email", ...emails, ""].join("\n");
/** `p1@example.com` … */
const people = (count: number): string[] => Array.from({ length: count }, (_, index) => `p${index + 1}@example.com`);

const withFile = (body: string) => ({ files: [{ bucket: "broadcasts" as const, key: CSV, body }] });

/** Runs the broadcast to all of `emails`, with its pages. */
const broadcastTo = (emails: readonly string[], options: RunOptions = {}, page: AnyTested = broadcastPage) =>
  runJob(emailBroadcast, spring, { ...withFile(csvOf(emails)), others: [page], ...options });

const receiversOf = ({ mails }: TestRun): string[] => mails.map(({ to }) => to).sort();

/** What is on record of the recipients, by status. */
function countsOf({ records }: TestRun): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind, part, body } of records) {
    if (kind !== "broadcast" || part === "-") continue;
    const status = String(body["status"]);
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

const recordOf = ({ records }: TestRun) => records.find(({ kind, part }) => kind === "broadcast" && part === "-")?.body;

const fileOf = ({ files }: TestRun, ending: string): string =>
  files.find(({ key }) => key.startsWith("reports/") && key.endsWith(ending))?.text() ?? "";

/** The page's handler, with something happening at a moment: when so many mails have had their turn. */
function pageWith(happenings: Readonly<Record<number, (services: Services) => Promise<unknown>>>): AnyTested {
  let turns = 0;
  const { definition, handle } = broadcastPage;
  return {
    definition,
    handle: (job: Parameters<typeof handle>[0], services) => {
      const { mailPace } = services;
      const turn: typeof mailPace.turn = async (wanted) => {
        turns += 1;
        await happenings[turns]?.(services);
        return mailPace.turn(wanted);
      };
      return handle(job, { ...services, mailPace: { turn } });
    },
  };
}

const move = (wanted: BroadcastMove) => (services: Pick<Services, "records" | "clock">) =>
  moveBroadcast(services.records, "spring", wanted, new Date(services.clock.now()).toISOString());

describe("a broadcast", () => {
  it("mails everybody in its audience once, each with a link of their own to leave", async () => {
    const run = await broadcastTo(people(120));
    expect(run.status).toBe("completed");
    expect(receiversOf(run)).toEqual(people(120).sort());
    expect(run.children.map(({ payload }) => payload)).toEqual([
      { broadcastId: "spring", page: 0 },
      { broadcastId: "spring", page: 1 },
      { broadcastId: "spring", page: 2 },
    ]);
    const [mail] = run.mails;
    const [link = "none"] = /https?:\S+\/unsubscribe\/\S+/.exec(mail?.text ?? "") ?? [];
    expect(link).toContain(`/unsubscribe/${recipientIdOf(mail?.to ?? "")}-spring.`);
    expect(mail?.html).toContain(link);
  });

  it("ends with a report: by recipient in the bucket, counted in a mail to the owner", async () => {
    const run = await runJob(emailBroadcast, spring, {
      ...withFile("email\nada@example.com\nADA@example.com\nnobody\neve@example.com\n"),
      others: [broadcastPage],
    });
    expect(fileOf(run, ".csv")).toMatch(
      /^email,status,reason,at\r\nada@example.com,sent,,2026-01-01T[\d:.]+Z\r\neve@example.com,sent,,2026[^,]+\r\n$/,
    );
    expect(JSON.parse(fileOf(run, ".json"))).toMatchObject({
      recipients: 2,
      duplicates: 1,
      invalid: 1,
      invalidLines: [4],
      totals: { sent: 2, waiting: 0 },
    });
    const reportMail = run.enqueued.find(({ type }) => type === "email");
    expect(reportMail?.payload).toMatchObject({ type: "report", data: { title: "Broadcast sent", period: "spring" } });
    expect(recordOf(run)).toMatchObject({ state: "done", recipients: 2, pages: 1 });
  });

  it("mails each once and reports once, wherever its jobs die", async () => {
    const { runs, resends } = await checkJob(emailBroadcast, spring, {
      ...withFile(csvOf(["ada@example.com", "bob@example.com", "eve@example.com"])),
      others: [broadcastPage],
    });
    expect(runs).toBeGreaterThan(150);
    expect(resends).toEqual([]);
  }, 120_000);

  it("leaves those alone who are on the suppression list, says why, and counts no failure", async () => {
    const suppression = (email: string, body: object) => ({ kind: "suppression", id: recipientIdOf(email), body });
    const at = "2025-06-01T00:00:00.000Z";
    const run = await broadcastTo(["ada@example.com", "Bob@example.com", "eve@example.com"], {
      records: [
        suppression("bob@example.com", { all: { reason: "complaint", at } }),
        suppression("eve@example.com", { marketing: { reason: "unsubscribed", at } }),
      ],
    });
    expect(receiversOf(run)).toEqual(["ada@example.com"]);
    expect(countsOf(run)).toEqual({ sent: 1, not_sent: 2 });
    expect(fileOf(run, ".csv")).toMatch(/Bob@example.com,not_sent,complaint,/);
    expect(fileOf(run, ".csv")).toMatch(/eve@example.com,not_sent,unsubscribed,/);
    expect(run.deadLetters).toBe(0);
  });

  it("reports addresses that no spreadsheet takes for a formula", async () => {
    const run = await broadcastTo(["+1+1@example.com", "-2+3@example.com"]);
    expect(fileOf(run, ".csv")).toMatch(/\r\n'\+1\+1@example.com,sent,,\S+\r\n'-2\+3@example.com,sent,,/);
  });

  it("goes on behind a recipient whom SES refuses for good", async () => {
    const run = await broadcastTo(people(7), { mail: ({ to }) => (to.startsWith("p2@") ? "rejected" : "sent") });
    expect(receiversOf(run)).toEqual(people(7).filter((email) => email !== "p2@example.com"));
    expect(countsOf(run)).toEqual({ sent: 6, failed: 1 });
    expect(fileOf(run, ".csv")).toMatch(/p2@example.com,failed,MessageRejected,/);
  });

  it("mails each once although SES throttles, and gives no answer", async () => {
    const plan = ["sent", "throttled", "timeout", "sent", "throttled"] as const;
    const run = await broadcastTo(people(30), { mail: ({ number }) => plan[number % 7] ?? "sent" });
    expect(receiversOf(run)).toEqual(people(30).sort());
    expect(run.status).toBe("completed");
  });
});

describe("a broadcast that is steered", () => {
  it("mails nobody while it is paused, and the rest when it goes on", async () => {
    const page = pageWith({ 7: move("pause") });
    const paused = await broadcastTo(people(20), { limitMs: 30 * MINUTE_MS }, page);
    expect(paused.mails.length).toBe(10); // to the end of their slice
    expect(countsOf(paused)).toEqual({ sent: 10 });
    expect(paused.status).toBe("waiting");
  });

  it("mails each once when it is resumed", async () => {
    let hasResumed = false;
    const { definition, handle } = pageWith({ 7: move("pause") });
    const resumedAfterAnHour: AnyTested = {
      definition,
      handle: async (job, services) => {
        const isLater = services.clock.now() > Date.parse("2026-01-01T01:00:00Z");
        if (isLater && !hasResumed) await move("resume")(services);
        hasResumed ||= isLater;
        return handle(job, services);
      },
    };
    const run = await broadcastTo(people(20), {}, resumedAfterAnHour);
    expect(run.status).toBe("completed");
    expect(receiversOf(run)).toEqual(people(20).sort());
    // Half as long as the pause has lasted, ten minutes at most: the job came back rarely.
    expect(run.calls.filter((call) => call === "store.apply(snooze)").length).toBeLessThan(20);
  });

  it("mails nobody any more once it is cancelled, and reports whom it had not mailed", async () => {
    const run = await broadcastTo(people(120), {}, pageWith({ 7: move("cancel") }));
    expect(run.status).toBe("completed");
    expect(run.mails).toHaveLength(10);
    expect(countsOf(run)).toEqual({ sent: 10, cancelled: 110 });
    expect(recordOf(run)).toMatchObject({ state: "cancelled" });
    const reportMail = run.enqueued.find(({ type }) => type === "email");
    expect(reportMail?.payload).toHaveProperty("data.title", "Broadcast cancelled");
  });

  it("mails nobody any more who only waited for the account's quota when it was cancelled", async () => {
    const mailTurnsMs = ({ number }: { readonly number: number }) => (number > 5 && number <= 10 ? 900_000 : 0);
    const run = await broadcastTo(people(20), { mailTurnsMs }, pageWith({ 6: move("cancel") }));
    expect(run.status).toBe("completed");
    expect(run.mails).toHaveLength(5);
    expect(countsOf(run)).toEqual({ sent: 5, cancelled: 15 });
  });

  it("finds out what became of the mails that had begun when it was cancelled and its process died, and sends none", async () => {
    const page = pageWith({ 5: move("cancel") });
    const run = await broadcastTo(people(10), { faults: [crashBefore("mailer.send", 5)] }, page);
    expect(run.status).toBe("completed");
    expect(receiversOf(run)).toHaveLength(4); // the fifth had not left when the process died
    expect(countsOf(run)).toEqual({ sent: 4, cancelled: 6 });
  });
});

describe("the same broadcast again", () => {
  /** Everything that a run has left, for the next one. */
  const leftBy = (run: TestRun, csv: string) => ({
    records: run.records,
    files: [...withFile(csv).files, ...run.files.filter(({ key }) => !key.startsWith("audiences/"))],
  });

  const brokenPage: AnyTested = {
    definition: broadcastPage.definition,
    handle: () => Promise.reject(new Error("The function was broken.")),
  };

  it("by another job mails nobody twice, whoever is in the file by then", async () => {
    const first = await broadcastTo(people(60), { idempotencyKey: "one" });
    const audience = csvOf(["new@example.com", ...people(60)]);
    const again = await broadcastTo([], { ...leftBy(first, audience), idempotencyKey: "two" });
    expect(again.status).toBe("completed");
    expect(again.mails).toEqual([]);
    expect(countsOf(again)).toEqual({ sent: 60 });
    expect(recordOf(again)).toMatchObject({ state: "done", jobId: "email_broadcast-two" });
  });

  it("by another job mails those whom the first one had not come to", async () => {
    const first = await broadcastTo(people(60), { idempotencyKey: "one" }, brokenPage);
    expect(first.result).toMatchObject({ unfinishedPages: 2, totals: { waiting: 60 } });
    const again = await broadcastTo([], { ...leftBy(first, csvOf(people(60))), idempotencyKey: "two" });
    expect(receiversOf(again)).toEqual(people(60).sort());
  });

  it("leaves a recipient alone whom another job has begun to mail", async () => {
    const first = await broadcastTo(people(3), { idempotencyKey: "one" }, brokenPage);
    const claimed = {
      kind: "broadcast",
      id: "spring",
      part: `r#${recipientIdOf("p2@example.com")}`,
      body: { status: "sending", page: 0, jobId: "broadcast_page-another", at: "2026-01-01T00:00:00.000Z" },
    };
    const again = await broadcastTo([], {
      ...leftBy(first, csvOf(people(3))),
      records: [...first.records, claimed],
      idempotencyKey: "two",
    });
    expect(receiversOf(again)).toEqual(["p1@example.com", "p3@example.com"]);
    expect(again.result).toHaveProperty("totals.sending", 1);
  });

  it("with another mail is refused", async () => {
    const first = await broadcastTo(people(3), { idempotencyKey: "one" });
    const other = { ...spring, mail: { ...spring.mail, data: { ...spring.mail.data, subject: "Summer" } } };
    const again = await runJob(emailBroadcast, other as BroadcastPayload, {
      ...leftBy(first, csvOf(people(3))),
      others: [broadcastPage],
      idempotencyKey: "two",
    });
    expect(again.error?.code).toBe("BROADCAST_CHANGED");
    expect(again.mails).toEqual([]);
  });
});

describe("the audience of a broadcast", () => {
  it("is the one that was read last before it went on record, whole, however it changed between a crash and the retry", async () => {
    let reads = 0;
    const audiences = [csvOf(people(130)), csvOf(["new@example.com", ...people(130)])];
    const { definition, handle } = emailBroadcast;
    const changing = {
      definition,
      handle: (job: Parameters<typeof handle>[0], services: Services) => {
        const get: typeof services.files.get = async (bucket, key) => {
          if (key !== CSV) return services.files.get(bucket, key);
          reads += 1;
          return Promise.resolve(Buffer.from(audiences[reads - 1] ?? ""));
        };
        return handle(job, { ...services, files: { ...services.files, get } });
      },
    };
    const run = await runJob(changing, spring, { others: [broadcastPage], faults: [crashBefore("files.putOnce", 2)] });
    expect(run.status).toBe("completed");
    expect(receiversOf(run)).toEqual(["new@example.com", ...people(130)].sort());
  });

  it("is not read again once it is on record", async () => {
    const run = await broadcastTo(people(3), { faults: [crashBefore("store.apply(wait)")] });
    expect(run.calls.filter((call) => call === "records.create(broadcast)").length).toBe(1 + 3);
    expect(receiversOf(run)).toEqual(people(3));
  });

  it.each([
    ["nobody is in it", csvOf([]), "AUDIENCE_EMPTY"],
    ["nothing in it is right", csvOf(["nobody", "nowhere@"]), "AUDIENCE_EMPTY"],
    ["it is over 200,000", csvOf(people(200_001)), "AUDIENCE_TOO_LARGE"],
  ])(
    "fails the job for good when %s",
    async (_, csv, code) => {
      const run = await runJob(emailBroadcast, spring, { ...withFile(csv), others: [broadcastPage] });
      expect([run.status, run.error?.code, run.attempts]).toEqual(["failed", code, 1]);
      expect(recordOf(run)).toBeUndefined();
    },
    30_000,
  );

  it("may be customers who want news", async () => {
    const customer = (name: string, wantsNews: boolean) => {
      const customerId = recipientIdOf(`${name}@example.com`);
      const body = { customerId, email: `${name}@example.com`, name, tags: [], wantsNews, createdOn: "2025-05-05" };
      return { kind: "customer", id: "default", part: customerId, body };
    };
    const toCustomers = { ...spring, audience: { customers: {} } };
    const run = await runJob(emailBroadcast, toCustomers, {
      records: [customer("ada", true), customer("bob", false)],
      others: [broadcastPage],
    });
    expect(receiversOf(run)).toEqual(["ada@example.com"]);
  });
});
