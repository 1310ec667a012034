import { afterEach, describe, expect, it, jest } from "@jest/globals";
import * as z from "zod";

import type { BacklineClient } from "../../client/index.ts";
import { clientOf } from "../../client/client-of.ts";
import { crashAfter, runJob } from "../../testing/index.ts";
import { catalogueImport } from "../../examples/guide/catalogue-import/definition.ts";
import { changeAddress, confirmAndWait, confirmOrder, main } from "../../examples/guide/program/shop.ts";
import { writeStatements } from "../../examples/guide/program/statements.ts";
import { nightlyReport } from "../../examples/nightly-report/definition.ts";
import { cancelJob, resolveJob } from "../../shared/engine/control.ts";
import type { JobContext } from "../../shared/engine/job-context.ts";
import { pause } from "../../shared/engine/pauses.ts";
import type { JobDefinition } from "../../shared/job/define-job.ts";
import type { Job } from "../../shared/job/job.ts";
import { occurrencesBetween } from "../../shared/job/occurrences.ts";
import type { JobHandle } from "../../shared/lambda/job-function.ts";
import type { Services } from "../../shared/lambda/compose-services.ts";
import { SettingsCache } from "../../shared/records/settings-cache.ts";
import { SweepSettingsCache } from "../../shared/records/sweep-settings.ts";
import { FakePages } from "../../testing/fake-pages.ts";
import { fixedLinks } from "../support/fixed-links.ts";
import { MemoryFileStore } from "../support/memory-file-store.ts";
import { MemoryMailer } from "../support/memory-mailer.ts";
import { MemoryMessenger } from "../support/memory-messenger.ts";
import { Simulation, type Fault } from "../support/simulation.ts";
import { START } from "../support/virtual-clock.ts";

// The examples of docs/guide, run in virtual time; what each test shows, the page says.

// Handlers read their environment when they are loaded; none of it is used here.
Object.assign(process.env, {
  AWS_REGION: "us-east-1",
  JOBS_TABLE: "jobs",
  RECORDS_TABLE: "records",
  QUEUE_URL_PREFIX: "https://sqs.us-east-1.amazonaws.com/000000000000/backline-",
});
const stockCount = (await import("../../examples/guide/stock-count/handler.ts")).handler;
const parcelStatus = (await import("../../examples/guide/parcel-status/handler.ts")).handler;
const catalogueImporting = (await import("../../examples/guide/catalogue-import/handler.ts")).handler;
const orderConfirmation = (await import("../../examples/guide/order-confirmation/handler.ts")).handler;
const pressRelease = (await import("../../examples/guide/press-release/handler.ts")).handler;
const voucherMails = (await import("../../examples/guide/voucher-mails/handler.ts")).handler;
const bookings = await import("../../examples/guide/bookings/handlers.ts");
const orders = await import("../../examples/guide/orders/handlers.ts");
const nested = await import("../../examples/guide/nested/handlers.ts");
const limits = await import("../../examples/guide/limits/handlers.ts");
const statements = await import("../../examples/guide/program/statement-handlers.ts");

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

interface JobFunction<Payload> {
  readonly definition: JobDefinition<Payload>;
  readonly handle: JobHandle<Payload>;
}

/** One whose payload's type does not matter here. */
interface OtherFunction {
  readonly definition: JobDefinition;
  readonly handle: JobHandle<never>;
}

/** A world of some types, whose mails SES reports at once. */
function worldOf<Payload>(first: JobFunction<Payload>, others: readonly OtherFunction[] = []) {
  const runOf =
    <P>({ handle }: { readonly handle: JobHandle<P> }) =>
    (job: JobContext<P>) =>
      handle(job, services);
  const simulation: Simulation<Payload> = new Simulation(
    first.definition,
    runOf(first),
    others.map((other) => ({ definition: other.definition, handler: runOf(other) })),
  );
  const reporting = { isOn: true };
  const mailer = new MemoryMailer(simulation.clock, ({ jobId, effect, id, at }) => {
    if (reporting.isOn) void simulation.receipts.put({ jobId, effect, messageId: id, eventType: "Send", at });
  });
  const { records, receipts, clock } = simulation;
  const services: Services = {
    files: new MemoryFileStore(),
    mailer: { send: async (mail) => simulation.outside("mailer.send", async () => mailer.send(mail)) },
    mailPace: { turn: () => Promise.resolve() },
    links: fixedLinks,
    messenger: new MemoryMessenger(clock),
    records,
    settings: new SettingsCache(records, clock),
    sweepSettings: new SweepSettingsCache(records, clock),
    pages: new FakePages(),
    receipts,
    clock,
  };
  return { simulation, mails: mailer.mails, reporting };
}

/** A simulation, whatever its first type's payload is. */
type AnySimulation = Pick<Simulation<never>, "store" | "clock" | "log" | "outside">;

const jobsOf = (simulation: AnySimulation, type: string): Job[] =>
  simulation.store.jobs().filter((job) => job.type === type);

function jobOf(simulation: AnySimulation, type: string): Job {
  const [job, ...others] = jobsOf(simulation, type);
  if (job === undefined || others.length > 0) throw new Error(`There are ${others.length} more of ${type}.`);
  return job;
}

/** What a completed job's handler returned. */
function resultOf(job: Job): unknown {
  if (job.status !== "completed" || job.result === undefined || !("json" in job.result)) {
    throw new Error(`No result: ${JSON.stringify(job)}`);
  }
  return JSON.parse(job.result.json ?? "null");
}

const endings = (job: Job): string[] => job.history.map(({ ending }) => ending);

/** Answers of the world outside, by what is asked; each request under the simulation's fault plan. */
function answerWith(
  simulation: AnySimulation,
  answer: (request: { readonly url: string; readonly method: string; readonly init: RequestInit }) => Response,
) {
  const asked: string[] = [];
  jest.spyOn(globalThis, "fetch").mockImplementation((input, init = {}) => {
    const url = input instanceof Request ? input.url : input.toString();
    const { method = "GET" } = init;
    return simulation.outside("fetch", () => {
      asked.push(`${method} ${url}`);
      return answer({ url, method, init });
    });
  });
  return asked;
}
/** The JSON that a request carries. */
const bodyOf = ({ body }: RequestInit): Readonly<Record<string, string>> =>
  JSON.parse(typeof body === "string" ? body : "{}") as Record<string, string>;
const json = (value: unknown, status = 200): Response => Response.json(value, { status });

/** A fault at the first call of a name. */
const onceAt = (name: string, fault: Fault) => {
  let isSpent = false;
  return (call: { readonly name: string }): Fault => {
    if (isSpent || call.name !== name) return "none";
    isSpent = true;
    return fault;
  };
};

afterEach(() => {
  jest.restoreAllMocks();
});

describe("define-a-job.md: the count of a stock", () => {
  async function world() {
    const made = worldOf(stockCount);
    await made.simulation.records.create({ kind: "article", id: "mug-blue" }, { name: "Blue mug", inStock: 12 });
    return made;
  }

  it("is stored on the article", async () => {
    const { simulation } = await world();
    await simulation.enqueue({ articleId: "mug-blue", counted: 11 });
    await simulation.settle();
    expect(simulation.job().status).toBe("completed");
    const article = await simulation.records.get({ kind: "article", id: "mug-blue" });
    expect(article?.body).toEqual({ name: "Blue mug", inStock: 11 });
    expect(simulation.job().lines?.map(({ message }) => message)).toEqual([
      "Stock corrected. articleId=mug-blue counted=11",
    ]);
  });

  it("is refused at once when the payload is wrong: every problem is named, no value", async () => {
    const { simulation } = await world();
    await expect(simulation.enqueue({ articleId: "blue mug", counted: -1 })).rejects.toThrow(
      "The payload is not right for a job of type stock_count: " +
        "articleId: may hold A-Z, a-z, 0-9, _ and -, 128 at most; counted: Too small: expected number to be >=0.",
    );
    expect(simulation.store.jobs()).toEqual([]);
  });

  it("fails at once for an article that there is not, and lies in the DLQ for its next run", async () => {
    const { simulation } = await world();
    const id = await simulation.enqueue({ articleId: "mug-red", counted: 1 });
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "failed", attempts: 1, error: { code: "UNKNOWN_ARTICLE" } });
    expect(simulation.deadLetter()).toEqual({ v: 1, type: "stock_count", id, run: 2, error: "UNKNOWN_ARTICLE" });
  });

  it("is one job for one idempotency key; the same key with another payload is refused", async () => {
    const { simulation } = await world();
    const first = await simulation.enqueue({ articleId: "mug-blue", counted: 11 }, { idempotencyKey: "count-7" });
    expect(first).toBe("stock_count-count-7");
    await expect(
      simulation.enqueue({ articleId: "mug-blue", counted: 11 }, { idempotencyKey: "count-7" }),
    ).resolves.toBe(first);
    await expect(
      simulation.enqueue({ articleId: "mug-blue", counted: 9 }, { idempotencyKey: "count-7" }),
    ).rejects.toMatchObject({ code: "IDEMPOTENCY_CONFLICT" });
    expect(simulation.store.jobs()).toHaveLength(1);
  });
});

describe("retries.md: the status of a parcel", () => {
  const startsOf = (simulation: AnySimulation) =>
    simulation.log.lines.filter(({ message }) => message === "Job started.").length;

  it("is asked again after 5 s and after 25 s, then the job has failed", async () => {
    const { simulation } = worldOf(parcelStatus);
    const times: number[] = [];
    answerWith(simulation, () => {
      times.push(simulation.clock.now() - START);
      return json({}, 503);
    });
    await simulation.enqueue({ parcelId: "p1" });
    await simulation.settle();
    expect(times).toEqual([0, 5_000, 30_000]);
    expect(simulation.job()).toMatchObject({ status: "failed", attempts: 3, error: { code: "Error" } });
    expect(simulation.queue.deadLetters).toHaveLength(1);
  });

  it("fails at the first attempt where no retry can help", async () => {
    const { simulation } = worldOf(parcelStatus);
    answerWith(simulation, () => json({}, 404));
    await simulation.enqueue({ parcelId: "p1" });
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "failed", attempts: 1, error: { code: "UNKNOWN_PARCEL" } });
  });

  it("is snoozed for days: no attempt is used, however often it happens", async () => {
    const { simulation } = worldOf(parcelStatus);
    let asked = 0;
    answerWith(simulation, () => {
      asked += 1;
      return json({ state: asked <= 20 ? "on the way" : "delivered" });
    });
    await simulation.enqueue({ parcelId: "p1" });
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "completed", attempts: 1 });
    expect(simulation.clock.now() - START).toBeGreaterThanOrEqual(20 * 6 * HOUR_MS);
    expect(endings(simulation.job()).slice(-2)).toEqual(["snooze", "complete"]);
  });

  it("keeps its place in the attempts when it is snoozed between two failures", async () => {
    const { simulation } = worldOf(parcelStatus);
    const answers = [json({}, 503), json({ state: "on the way" }), json({}, 503), json({}, 503)];
    answerWith(simulation, () => answers.shift() ?? json({ state: "delivered" }));
    await simulation.enqueue({ parcelId: "p1" });
    await simulation.settle();
    expect(endings(simulation.job())).toEqual(["retry", "snooze", "retry", "fail"]);
  });

  it("runs out of time at its deadline: the signal aborts, and the attempt counts as TIMEOUT", async () => {
    const { simulation } = worldOf(parcelStatus);
    const aborted: number[] = [];
    answerWith(simulation, ({ init }) => {
      init.signal?.addEventListener("abort", () => aborted.push(simulation.clock.now()));
      const claimedAt = simulation.clock.now();
      simulation.clock.advance(MINUTE_MS); // the courier does not answer
      expect(aborted.at(-1)).toBe(claimedAt + 27_000); // 30 s less the margin of 10 %
      throw new Error("aborted");
    });
    await simulation.enqueue({ parcelId: "p1" });
    await simulation.settle();
    expect(aborted).toHaveLength(3);
    expect(simulation.job()).toMatchObject({ status: "failed", attempts: 3, error: { code: "TIMEOUT" } });
  });

  it("is begun again within two minutes after its process died", async () => {
    const { simulation } = worldOf(parcelStatus);
    answerWith(simulation, () => json({ state: "delivered" }));
    await simulation.enqueue({ parcelId: "p1" });
    simulation.inject(onceAt("fetch", "before"));
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "completed", attempts: 2 });
    // The lease of 60 s, and the ticker's next minute.
    expect(simulation.job().history.map(({ from }) => from - START <= 2 * MINUTE_MS)).toEqual([true]);
  });

  it("fails as CRASH_LOOP when its process dies each time", async () => {
    const { simulation } = worldOf(parcelStatus);
    answerWith(simulation, () => json({ state: "delivered" }));
    await simulation.enqueue({ parcelId: "p1" });
    simulation.inject(({ name }) => (name === "fetch" ? "before" : "none"));
    await simulation.settle();
    expect(startsOf(simulation)).toBe(3);
    expect(simulation.job()).toMatchObject({ status: "failed", error: { code: "CRASH_LOOP" } });
    expect(simulation.queue.deadLetters).toHaveLength(1);
  });

  it("begins its next run with all attempts when its dead letter is redriven, once however often that is done", async () => {
    const { simulation } = worldOf(parcelStatus);
    let isDown = true;
    const asked = answerWith(simulation, () => (isDown ? json({}, 503) : json({ state: "delivered" })));
    await simulation.enqueue({ parcelId: "p1" });
    await simulation.settle();
    isDown = false;
    const [letter] = simulation.queue.deadLetters;
    simulation.queue.put("parcel_status", letter?.body ?? "");
    simulation.queue.put("parcel_status", letter?.body ?? "");
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "completed", run: 2, attempts: 1 });
    expect(asked).toHaveLength(4);
  });
});

describe("retries.md: the import of a catalogue", () => {
  it("goes on in one claim after the other, and fetches no part twice", async () => {
    const { simulation } = worldOf(catalogueImporting);
    const parts = Array.from({ length: 20 }, (_, index) => `https://supplier.example/${index}`);
    const asked = answerWith(simulation, () => {
      simulation.clock.advance(8 * SECOND_MS);
      return json(["article", "article"]);
    });
    await simulation.enqueue({ parts });
    await simulation.settle();
    expect(asked).toEqual(parts.map((url) => `GET ${url}`));
    expect(resultOf(simulation.job())).toEqual({ articles: 40 });
    expect(endings(simulation.job())).toEqual(["continue", "continue", "continue", "complete"]);
    // 44 s to go on with, of 54 s, are six parts a claim; attempts count anew with each.
    expect(simulation.job()).toMatchObject({ attempts: 1, progress: { done: 20, total: 20 } });
  });
});

describe("effects.md: the confirmation of an order", () => {
  async function world() {
    const made = worldOf(orderConfirmation);
    await made.simulation.records.create({ kind: "order", id: "ord_1" }, { total: "€223.85" });
    await made.simulation.enqueue({ orderId: "ord_1", email: "zoe@example.com" });
    return made;
  }

  it("sends one mail and keeps its receipt, with what it was and to whom", async () => {
    const { simulation, mails } = await world();
    await simulation.settle();
    expect(mails).toMatchObject([{ to: "zoe@example.com", subject: "Your order ord_1" }]);
    expect(simulation.job().effects["mail"]).toMatchObject({
      intent: { what: "Confirmation of order ord_1", to: "zoe@example.com" },
      receipt: { id: "mail-1", source: "send" },
    });
  });

  it("finds the receipt of a mail whose sender died right after it, and sends no second one; no attempt is used", async () => {
    const { simulation, mails } = await world();
    simulation.inject(onceAt("mailer.send", "after"));
    await simulation.settle();
    expect(mails).toHaveLength(1);
    expect(simulation.job().effects["mail"]?.receipt).toMatchObject({ id: "mail-1", source: "found" });
    // The claim that died counts, the one that only waited does not.
    expect(simulation.job()).toMatchObject({ status: "completed", attempts: 2 });
    // 30 s timeout, 10 s client timeout, 30 s, 60 s for the report, twice 300 s for the clocks: 12 minutes and 10 seconds.
    expect(simulation.times.receiptWaitMs).toBe(730_000);
    expect(simulation.clock.now() - START).toBeGreaterThan(730_000);
    expect(simulation.clock.now() - START).toBeLessThan(17 * MINUTE_MS);
  });

  it("sends again where no report ever came: its type says `resend`", async () => {
    const { simulation, mails, reporting } = await world();
    reporting.isOn = false;
    simulation.inject(onceAt("mailer.send", "after"));
    await simulation.settle();
    expect(mails).toHaveLength(2);
    expect(simulation.job().effects["mail"]?.earlier).toHaveLength(1);
  });

  it("runs the step before the effect once, whatever happens after it", async () => {
    const { simulation } = await world();
    const plan = onceAt("mailer.send", "after");
    const calls: string[] = [];
    const { records } = simulation;
    const get = records.get.bind(records);
    jest.spyOn(records, "get").mockImplementation((key) => {
      if (key.kind === "order") calls.push(key.id);
      return get(key);
    });
    simulation.inject(plan);
    await simulation.settle();
    expect(calls).toEqual(["ord_1"]);
  });

  it("sends nothing once it is cancelled", async () => {
    const { simulation, mails } = await world();
    await cancelJob(simulation.controlPorts, simulation.job().id);
    await simulation.settle();
    expect(mails).toEqual([]);
    expect(simulation.job().status).toBe("cancelled");
  });
});

describe("testing.md: what a handler calls by itself", () => {
  it("is the test's to fake, and its effects are observed all the same", async () => {
    let taken = 0;
    jest.spyOn(globalThis, "fetch").mockImplementation(async (_, { method = "GET" } = {}) => {
      if (method === "POST") taken += 1;
      return method === "POST" ? json({ id: "release-1" }) : json([{ id: "release-1" }]);
    });
    const faults = [crashAfter("effect.send(submission)")];
    const run = await runJob(pressRelease, { title: "New vases", text: "…" }, { faults });
    expect(run.effects["submission"]).toMatchObject({ state: "done", sends: 1, receiptFrom: "found" });
    expect(taken).toBe(1);
  });

  it("is refused where `needs` does not allow it, and the test says what to add", async () => {
    const { definition, handle } = stockCount;
    await expect(
      runJob({ definition: { ...definition, needs: {} }, handle }, { articleId: "mug-blue", counted: 1 }),
    ).rejects.toThrow('add `article: "read"` to `needs.records`');
  });
});

describe("define-a-job.md, production.md: a deployment between enqueue and run", () => {
  it("fails a job for good whose payload the new schema refuses", async () => {
    const { simulation } = worldOf(parcelStatus);
    await simulation.enqueue({ parcelId: "p1" });
    const payload = z.object({ parcelId: z.string(), country: z.string() });
    const next = new Simulation({ ...parcelStatus.definition, payload }, async () => {});
    await next.store.create(simulation.job());
    next.queue.messages = simulation.queue.messages;
    await next.settle();
    expect(next.job()).toMatchObject({ status: "failed", attempts: 1, error: { code: "INVALID_PAYLOAD" } });
  });
});

describe("effects.md: the press release", () => {
  const payload = { title: "New vases", text: "…" };
  /** A newswire that keeps what it takes. */
  function newswire(simulation: AnySimulation) {
    const taken: string[] = [];
    const search = { isUp: true };
    answerWith(simulation, ({ method, init }) => {
      if (method === "POST") {
        const { reference = "" } = bodyOf(init);
        taken.push(reference);
        return json({ id: `release-${taken.length}` });
      }
      return search.isUp ? json(taken.map((_, index) => ({ id: `release-${index + 1}` }))) : json({}, 503);
    });
    return { taken, search };
  }

  it("asks the newswire for the reference after a crash, and finds it: one submission", async () => {
    const { simulation } = worldOf(pressRelease);
    const { taken } = newswire(simulation);
    await simulation.enqueue(payload);
    simulation.inject(onceAt("fetch", "after"));
    await simulation.settle();
    expect(taken).toHaveLength(1);
    expect(simulation.job()).toMatchObject({ status: "completed" });
    expect(simulation.job().effects["submission"]?.receipt).toMatchObject({ id: "release-1", source: "found" });
  });

  it("is submitted again when the newswire says that it never came", async () => {
    const { simulation } = worldOf(pressRelease);
    const { taken } = newswire(simulation);
    await simulation.enqueue(payload);
    simulation.inject(onceAt("fetch", "before"));
    await simulation.settle();
    expect(taken).toHaveLength(1);
    expect(simulation.job().status).toBe("completed");
  });

  it.each([
    { word: { sent: true, receipt: "release-1" } as const, submissions: 1 },
    { word: { again: true } as const, submissions: 2 },
  ])("stops for a person when nobody can know, and does what the person says: %j", async ({ word, submissions }) => {
    const { simulation } = worldOf(pressRelease);
    const { taken, search } = newswire(simulation);
    search.isUp = false;
    await simulation.enqueue(payload);
    simulation.inject(onceAt("fetch", "after"));
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "needs_review", review: { effect: "submission" } });
    await resolveJob(simulation.controlPorts, simulation.job().id, "submission", word, "ada");
    await simulation.settle();
    expect(simulation.job().status).toBe("completed");
    expect(taken).toHaveLength(submissions);
    expect(simulation.job().resolutions).toMatchObject([{ by: "ada", effect: "submission" }]);
  });

  it("is tried again without any wait for a receipt when the newswire was busy, and fails when it refuses", async () => {
    const { simulation } = worldOf(pressRelease);
    const answers = [json({}, 429), json({}, 422)];
    const times: number[] = [];
    answerWith(simulation, () => {
      times.push(simulation.clock.now() - START);
      return answers.shift() ?? json({ id: "release-1" });
    });
    await simulation.enqueue(payload);
    await simulation.settle();
    expect(times).toEqual([0, 5_000]);
    expect(simulation.job()).toMatchObject({ status: "failed", attempts: 2, error: { code: "RELEASE_REFUSED" } });
    expect(simulation.job().effects["submission"]).toEqual({});
  });

  it("is not asked about at the final failure, which runs no code of the handler: it stops for a person all the same", async () => {
    const { definition, handle } = pressRelease;
    const once = { ...definition, retry: { ...definition.retry, maxAttempts: 1 } };
    const { simulation } = worldOf({ definition: once, handle });
    const asked = answerWith(simulation, () => json({}, 500));
    await simulation.enqueue(payload);
    await simulation.settle();
    expect(asked).toEqual(["POST https://newswire.example/releases"]);
    expect(simulation.job()).toMatchObject({ status: "needs_review", review: { effect: "submission" } });
    expect(simulation.clock.now() - START).toBeGreaterThanOrEqual(760_000);
  });

  it("waits for the receipt when the newswire failed: it may have taken the text", async () => {
    const { simulation } = worldOf(pressRelease);
    const times: number[] = [];
    answerWith(simulation, ({ method }) => {
      times.push(simulation.clock.now() - START);
      return method === "POST" ? json({}, 500) : json([{ id: "release-1" }]);
    });
    await simulation.enqueue(payload);
    await simulation.settle();
    // Tried again after 5 s, which finds the intent; from there the wait of 60 + 10 + 30 + 60 + 600 seconds.
    expect(times).toEqual([0, 765_000]);
    expect(simulation.job()).toMatchObject({ status: "completed" });
  });
});

describe("scheduling.md: the nightly report", () => {
  const [schedule] = nightlyReport.schedules ?? [];
  const nights = (from: string, until: string) =>
    occurrencesBetween(schedule ?? { cron: "" }, Date.parse(from), Date.parse(until), 10).map((at) =>
      new Date(at).toISOString(),
    );

  it("has one occurrence a night, also when the clocks change", () => {
    // 29 March 2026, Berlin: 02:30 does not exist, 03:00 stands for it. 25 October: it comes twice, the first one counts.
    expect(nights("2026-03-28T00:00:00Z", "2026-03-31T00:00:00Z")).toEqual([
      "2026-03-28T01:30:00.000Z",
      "2026-03-29T01:00:00.000Z",
      "2026-03-30T00:30:00.000Z",
    ]);
    expect(nights("2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z")).toEqual([
      "2026-10-25T00:30:00.000Z",
      "2026-10-26T01:30:00.000Z",
    ]);
  });

  const tickAt = (at: string) =>
    JSON.stringify({ v: 1, type: "nightly_report", tick: { schedule: "nightly-report", at } });
  const night = Date.parse("2026-01-02T01:30:00Z");

  function world(handle: JobHandle<{ days: number }>) {
    const { simulation } = worldOf({ definition: nightlyReport, handle });
    return simulation;
  }

  it("runs once when its tick comes twice", async () => {
    const simulation = world(async () => {});
    simulation.clock.advanceTo(night);
    simulation.queue.put("nightly_report", tickAt("2026-01-02T01:30:00Z"));
    simulation.queue.put("nightly_report", tickAt("2026-01-02T01:30:00Z"));
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ id: "nightly_report-nightly-report-20260102T013000Z", epoch: 1 });
  });

  it("runs within four minutes when its tick got lost: the ticker sends another", async () => {
    const simulation = world(async () => {});
    await simulation.tick();
    simulation.clock.advanceTo(night);
    for (let minute = 0; minute < 4; minute += 1) {
      simulation.clock.advance(MINUTE_MS);
      await simulation.tick();
    }
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "completed", schedule: { at: night } });
    expect(simulation.job().createdAt - night).toBeLessThanOrEqual(4 * MINUTE_MS);
    await expect(simulation.ledger.get("nightly-report", night)).resolves.toMatchObject({ source: "catch_up" });
  });

  it("is missed, and counted for the alarm, when its tick comes more than six hours late", async () => {
    const simulation = world(async () => {});
    simulation.clock.advanceTo(night + 6 * HOUR_MS + MINUTE_MS);
    simulation.queue.put("nightly_report", tickAt("2026-01-02T01:30:00Z"));
    await simulation.settle();
    expect(simulation.store.jobs()).toEqual([]);
    expect(simulation.metrics).toEqual(["missedRuns"]);
  });

  it("is skipped while the run before has not ended", async () => {
    const simulation = world(async () => {});
    simulation.clock.advanceTo(night - 24 * HOUR_MS);
    simulation.queue.put("nightly_report", tickAt("2026-01-01T01:30:00Z"));
    simulation.inject(onceAt("store.apply", "after")); // its worker dies in the claim, and nobody comes for a day
    await simulation.consumeOne();
    simulation.clock.advanceTo(night);
    simulation.queue.messages = [];
    simulation.queue.put("nightly_report", tickAt("2026-01-02T01:30:00Z"));
    await simulation.consumeOne();
    await expect(simulation.ledger.get("nightly-report", night)).resolves.toMatchObject({
      decision: "skipped",
      reason: "the run of 20260101T013000Z had not ended",
    });
    expect(simulation.store.jobs()).toHaveLength(1);
  });
});

describe("scheduling.md: what follows from a booking", () => {
  const startsAt = START + 2 * 24 * HOUR_MS;
  const reminderAt = startsAt - 24 * HOUR_MS;

  function world() {
    const others = [bookings.bookingReminderHandler, bookings.calendarUpdateHandler];
    return worldOf(bookings.bookingMadeHandler, others).simulation;
  }
  const book = (simulation: ReturnType<typeof world>, bookingId: string) =>
    simulation.enqueue({ bookingId, roomId: "room-1", startsAt }, { idempotencyKey: bookingId });

  async function bookEachHalfMinute(simulation: ReturnType<typeof world>, count: number): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      await book(simulation, `b${index}`);
      if (index % 2 === 0) await simulation.tick();
      let consumed: string | undefined = "";
      while (consumed !== undefined) consumed = await simulation.consumeOne();
      simulation.clock.advance(30 * SECOND_MS);
    }
    await simulation.settle();
  }

  it("is a reminder, within two seconds of its time, for the booking as it is then", async () => {
    const simulation = world();
    await simulation.records.create({ kind: "booking", id: "b1" }, { status: "confirmed" });
    await book(simulation, "b1");
    await simulation.settle();
    const reminder = jobOf(simulation, "booking_reminder");
    expect(resultOf(reminder)).toEqual({ isSent: true });
    const late = reminder.history.map(({ from }) => from - reminderAt);
    expect(late).toHaveLength(1);
    expect(late[0]).toBeGreaterThanOrEqual(0);
    expect(late[0]).toBeLessThanOrEqual(2 * SECOND_MS);
  });

  it("is one reminder, also if the handler that enqueues it runs twice", async () => {
    const simulation = world();
    await book(simulation, "b1");
    simulation.inject(onceAt("queue.send", "after")); // dies after the reminder is put
    await simulation.settle();
    expect(jobOf(simulation, "booking_made").status).toBe("completed");
    expect(jobsOf(simulation, "booking_reminder")).toHaveLength(1);
  });

  it("is no reminder when it could not begin in time: it is cancelled as EXPIRED", async () => {
    const simulation = world();
    await simulation.records.create({ kind: "booking", id: "b1" }, { status: "confirmed" });
    await book(simulation, "b1");
    while ((await simulation.consumeOne()) !== undefined) await simulation.tick(); // nothing runs from here on
    simulation.clock.advanceTo(startsAt);
    await simulation.settle();
    expect(jobOf(simulation, "booking_reminder")).toMatchObject({ status: "cancelled", error: { code: "EXPIRED" } });
  });

  it("is one update of the calendar for a morning of bookings, a minute after the last one", async () => {
    const simulation = world();
    await bookEachHalfMinute(simulation, 3);
    const update = jobOf(simulation, "calendar_update");
    expect(update.history.map(({ from }) => from - START)).toEqual([2 * MINUTE_MS]);
  });

  it("is an update ten minutes after the first booking at the latest, whatever comes", async () => {
    const simulation = world();
    await bookEachHalfMinute(simulation, 30);
    const updates = jobsOf(simulation, "calendar_update");
    const begun = updates.flatMap(({ history }) => history.map(({ from }) => from - START)).toSorted((a, b) => a - b);
    expect(begun).toHaveLength(2);
    expect(begun[0]).toBe(10 * MINUTE_MS);
  });
});

describe("flows.md: the packing of an order", () => {
  const others = [orders.articlePickingHandler, orders.labelPrintingHandler, orders.orderShippingHandler];
  async function world() {
    const { simulation } = worldOf(orders.orderPackingHandler, others);
    for (const id of ["mug", "vase"]) {
      await simulation.records.create({ kind: "article", id }, { weightGrams: id === "mug" ? 300 : 900 });
    }
    return simulation;
  }

  it("waits for its children, gets their results, and spawns the next one with them", async () => {
    const simulation = await world();
    await simulation.enqueue({ orderId: "o1", articleIds: ["mug", "vase"] });
    await simulation.settle();
    const packing = jobOf(simulation, "order_packing");
    expect(resultOf(packing)).toEqual({ weightGrams: 1_200 });
    // It waited twice, used one attempt, and has each child once.
    expect(endings(packing)).toEqual(["wait", "wait", "complete"]);
    expect(packing.attempts).toBe(1);
    expect(simulation.store.jobs()).toHaveLength(4);
    expect(jobOf(simulation, "label_printing").payload).toEqual({ orderId: "o1", weightGrams: 1_200 });
  });

  it("has each child once, also when its process dies while it spawns them", async () => {
    const simulation = await world();
    await simulation.enqueue({ orderId: "o1", articleIds: ["mug", "vase"] });
    simulation.inject(onceAt("store.create", "after"));
    await simulation.settle();
    expect(jobOf(simulation, "order_packing").status).toBe("completed");
    expect(jobsOf(simulation, "article_picking")).toHaveLength(2);
  });

  it("fails at once when a child fails; the other children go on", async () => {
    const simulation = await world();
    await simulation.enqueue({ orderId: "o1", articleIds: ["plate", "mug"] });
    await simulation.settle();
    expect(jobOf(simulation, "order_packing")).toMatchObject({
      status: "failed",
      error: { code: "DEPENDENCY_FAILED", message: expect.stringContaining("article_picking") },
    });
    expect(
      jobsOf(simulation, "article_picking")
        .map(({ status }) => status)
        .toSorted(),
    ).toEqual(["completed", "failed"]);
  });

  it("completes when first the child is replayed, then the parent", async () => {
    const simulation = await world();
    await simulation.enqueue({ orderId: "o1", articleIds: ["plate", "mug"] });
    await simulation.settle();
    await simulation.records.create({ kind: "article", id: "plate" }, { weightGrams: 400 });
    const letters = ["article_picking", "order_packing"].map((type) =>
      simulation.queue.deadLetters.find((letter) => letter.type === type),
    );
    for (const letter of letters) {
      simulation.queue.put(letter?.type ?? "", letter?.body ?? "");
      await simulation.settle();
    }
    expect(resultOf(jobOf(simulation, "order_packing"))).toEqual({ weightGrams: 700 });
    expect(jobsOf(simulation, "article_picking").map(({ run }) => run)).toEqual([2, 1]);
  });

  it("leaves its children alone when it is cancelled", async () => {
    const simulation = await world();
    await simulation.enqueue({ orderId: "o1", articleIds: ["mug", "vase"] });
    await simulation.consumeOne();
    await cancelJob(simulation.controlPorts, jobOf(simulation, "order_packing").id);
    await simulation.settle();
    expect(jobOf(simulation, "order_packing").status).toBe("cancelled");
    expect(jobsOf(simulation, "article_picking").map(({ status }) => status)).toEqual(["completed", "completed"]);
  });

  it("is looked at within five minutes when every wake of its children got lost", async () => {
    const simulation = await world();
    await simulation.enqueue({ orderId: "o1", articleIds: ["mug", "vase"] });
    await simulation.consumeOne();
    simulation.queue.messages = simulation.queue.messages.filter(({ type }) => type !== "order_packing");
    const put = simulation.queue.put.bind(simulation.queue);
    const lost = jest.spyOn(simulation.queue, "put").mockImplementation((type, ...rest) => {
      if (type !== "order_packing") put(type, ...rest);
    });
    while ((await simulation.consumeOne()) !== undefined); // both children end, and nobody hears of it
    lost.mockRestore();
    simulation.queue.messages = simulation.queue.messages.filter(({ type }) => type !== "order_packing");
    const endedAt = simulation.clock.now();
    while (jobsOf(simulation, "label_printing").length === 0) {
      simulation.clock.advance(MINUTE_MS);
      await simulation.tick();
      await simulation.consumeOne();
    }
    expect(simulation.clock.now() - endedAt).toBeLessThanOrEqual(5 * MINUTE_MS);
  });

  it("is shipped after it is packed", async () => {
    const { simulation } = worldOf(orders.orderTakingHandler, [...others, orders.orderPackingHandler]);
    await simulation.records.create({ kind: "article", id: "mug" }, { weightGrams: 300 });
    await simulation.enqueue({ orderId: "o1", articleIds: ["mug"] });
    await simulation.settle();
    const packedAt = jobOf(simulation, "order_packing").history.at(-1)?.to ?? 0;
    const shipping = jobOf(simulation, "order_shipping");
    expect(shipping.status).toBe("completed");
    expect(shipping.history.at(0)?.from).toBeGreaterThanOrEqual(packedAt);
  });

  it("is not shipped when it could not be packed: the shipping fails too, as its `onDependencyFailed` says", async () => {
    const { simulation } = worldOf(orders.orderTakingHandler, [...others, orders.orderPackingHandler]);
    await simulation.enqueue({ orderId: "o1", articleIds: ["mug"] });
    await simulation.settle();
    expect(jobOf(simulation, "order_shipping")).toMatchObject({
      status: "failed",
      error: { code: "DEPENDENCY_FAILED" },
    });
    expect(simulation.log.lines.map(({ message }) => message)).not.toContain("Courier called.");
  });
});

describe("flows.md: nested families", () => {
  it("wait shelf by shelf; a shelf that fails is an outcome, and does not end the others", async () => {
    const { simulation } = worldOf(nested.shopRefreshHandler, [
      nested.shelfRefreshHandler,
      nested.articleRefreshHandler,
    ]);
    answerWith(simulation, ({ url }) => json({}, url.includes("broken") ? 500 : 200));
    await simulation.enqueue({ shelves: [["mug", "vase"], ["broken"], ["plate"]] });
    await simulation.settle();
    expect(resultOf(jobOf(simulation, "shop_refresh"))).toEqual({ refreshed: 2, of: 3 });
    expect(jobsOf(simulation, "article_refresh")).toHaveLength(4);
  });
});

describe("flows.md: the mails about vouchers", () => {
  /** Forty-five vouchers in pages of twenty, every third of which ends in another month. */
  const vouchers = Array.from({ length: 45 }, (_, index) => ({
    id: `v${index}`,
    email: `buyer${index}@example.com`,
    endsOn: index % 3 === 2 ? "2026-02-10" : "2026-01-20",
  }));
  function world() {
    const made = worldOf(voucherMails);
    const asked = answerWith(made.simulation, ({ url }) => {
      const from = Number(new URL(url).searchParams.get("after") ?? 0);
      const isLast = from + 20 >= vouchers.length;
      return json({ items: vouchers.slice(from, from + 20), ...(!isLast && { next: String(from + 20) }) });
    });
    return { ...made, asked };
  }
  const due = vouchers.filter(({ endsOn }) => endsOn.startsWith("2026-01")).map(({ email }) => email);

  it("go to everybody who is due, once, and the totals say so", async () => {
    const { simulation, mails } = world();
    await simulation.enqueue({ month: "2026-01", isDryRun: false });
    await simulation.settle();
    expect(mails.map(({ to }) => to)).toEqual(due);
    expect(resultOf(simulation.job())).toMatchObject({ pages: 3, visited: 45, done: 30, skipped: 15, failed: 0 });
  });

  it("go to nobody in a dry run, which counts the same", async () => {
    const { simulation, mails } = world();
    await simulation.enqueue({ month: "2026-01", isDryRun: true });
    await simulation.settle();
    expect(mails).toEqual([]);
    expect(resultOf(simulation.job())).toMatchObject({ visited: 45, done: 30, skipped: 15, isDryRun: true });
  });

  it("go out once each, also when the process dies in the middle of the second page", async () => {
    const { simulation, mails } = world();
    let sends = 0;
    await simulation.enqueue({ month: "2026-01", isDryRun: false });
    simulation.inject(({ name }) => {
      if (name === "mailer.send") sends += 1;
      return name === "mailer.send" && sends === 20 ? "after" : "none";
    });
    await simulation.settle();
    expect(mails.map(({ to }) => to)).toEqual(due);
    expect(resultOf(simulation.job())).toMatchObject({ visited: 45, done: 30 });
  });

  it("count an item that fails, keep its error by its key, and go on", async () => {
    const items = vouchers.slice(0, 2);
    jest.spyOn(globalThis, "fetch").mockImplementation(async () => json({ items }));
    const run = await runJob(voucherMails, { month: "2026-01", isDryRun: false }, { mail: ["rejected", "sent"] });
    expect(run).toMatchObject({ status: "completed", result: { done: 1, failed: 1, errors: [{ key: "v0" }] } });
    expect(run.mails.map(({ to }) => to)).toEqual(["buyer1@example.com"]);
  });

  it("wait, and visit the page again, when SES is busy", async () => {
    const items = vouchers.slice(0, 2);
    jest.spyOn(globalThis, "fetch").mockImplementation(async () => json({ items }));
    const run = await runJob(voucherMails, { month: "2026-01", isDryRun: false }, { mail: ["sent", "throttled"] });
    expect(run).toMatchObject({ status: "completed", endings: ["retry", "complete"], result: { done: 2, failed: 0 } });
    expect(run.mails).toHaveLength(2);
  });
});

describe("limits.md: text messages", () => {
  const message = { phone: "+4930123456", text: "Your table is ready." };

  it("begin two seconds apart, in the order in which they asked; waiting uses no attempt", async () => {
    const { simulation } = worldOf(limits.textMessageHandler);
    const times: number[] = [];
    answerWith(simulation, () => {
      times.push(simulation.clock.now() - START);
      return json({});
    });
    for (let index = 0; index < 5; index += 1) await simulation.enqueue(message);
    await simulation.settle();
    expect(times).toEqual([0, 2_000, 4_000, 6_000, 8_000]);
    expect(simulation.store.jobs().map(({ attempts }) => attempts)).toEqual([1, 1, 1, 1, 1]);
  });

  it("wait while their group is paused, and begin when the pause is over", async () => {
    const { simulation } = worldOf(limits.textMessageHandler);
    const times: number[] = [];
    answerWith(simulation, () => {
      times.push(simulation.clock.now() - START);
      return json({});
    });
    await pause(simulation, { group: "messages" }, { by: "ada", until: START + HOUR_MS });
    await simulation.enqueue(message);
    await simulation.settle();
    expect(simulation.job()).toMatchObject({ status: "completed", attempts: 1 });
    expect(times).toHaveLength(1);
    expect(times[0]).toBeGreaterThanOrEqual(HOUR_MS);
    expect(times[0]).toBeLessThanOrEqual(HOUR_MS + 2 * MINUTE_MS);
  });
});

describe("limits.md: transfers of stock", () => {
  it("run one at a time in a warehouse, while another warehouse goes on", async () => {
    const { simulation } = worldOf(limits.stockTransferHandler);
    const running: string[] = [];
    const together: string[][] = [];
    jest.spyOn(globalThis, "fetch").mockImplementation(async (_, init = {}) => {
      const { warehouseId = "" } = bodyOf(init);
      running.push(warehouseId);
      together.push([...running]);
      await simulation.consumeOne(); // while this one runs, another worker receives the next message
      running.splice(running.indexOf(warehouseId), 1);
      return json({});
    });
    for (const warehouseId of ["north", "north", "south"]) {
      await simulation.enqueue({ warehouseId, articleId: "mug", count: 1 });
    }
    await simulation.settle();
    expect(simulation.store.jobs().map(({ status }) => status)).toEqual(["completed", "completed", "completed"]);
    expect(together.filter((each) => new Set(each).size < each.length)).toEqual([]);
    expect(simulation.store.jobs().map(({ attempts }) => attempts)).toEqual([1, 1, 1]);
  });
});

describe("limits.md: a transfer whose process dies", () => {
  it("takes its slot over when it is claimed again; the next one waits until then, and not for ten minutes", async () => {
    const { simulation } = worldOf(limits.stockTransferHandler);
    const begun: number[] = [];
    answerWith(simulation, () => {
      begun.push(simulation.clock.now() - START);
      return json({});
    });
    for (let index = 0; index < 2; index += 1) {
      await simulation.enqueue({ warehouseId: "north", articleId: "mug", count: 1 });
    }
    simulation.inject(onceAt("fetch", "before"));
    await simulation.settle();
    expect(simulation.store.jobs().map(({ status, attempts }) => [status, attempts])).toEqual([
      ["completed", 2],
      ["completed", 1],
    ]);
    expect(begun[0]).toBeGreaterThanOrEqual(MINUTE_MS);
    expect(begun[1]).toBeLessThan(5 * MINUTE_MS);
  });
});

describe("limits.md: photos", () => {
  it("run by priority; of one priority, tenants take turns", async () => {
    const { simulation } = worldOf(limits.photoResizeHandler);
    const order: string[] = [];
    answerWith(simulation, ({ init }) => {
      order.push(bodyOf(init)["photoId"] ?? "");
      return json({});
    });
    for (const photoId of ["a1", "a2", "a3"]) await simulation.enqueue({ photoId }, { tenant: "shop-a" });
    for (const photoId of ["b1", "b2"]) await simulation.enqueue({ photoId }, { tenant: "shop-b" });
    await simulation.enqueue({ photoId: "urgent" }, { tenant: "shop-a", priority: 9 });
    await simulation.settle();
    expect(order).toEqual(["urgent", "a1", "b1", "a2", "b2", "a3"]);
  });
});

describe("limits.md: sizes", () => {
  const parts = (count: number) =>
    Array.from({ length: count }, (_, index) => `https://supplier.example/${"x".repeat(80)}/${index}`);

  it("a payload of more than 32 KB lies in S3, and the row says where", async () => {
    const { simulation } = worldOf({ definition: catalogueImport, handle: async (job) => job.payload.parts.length });
    await simulation.enqueue({ parts: parts(500) }, { idempotencyKey: "large" });
    expect(simulation.job()).toMatchObject({
      payload: null,
      payloadAt: expect.stringMatching(/^payloads\/catalogue_import\/catalogue_import-large\//),
    });
    await simulation.settle();
    expect(resultOf(simulation.job())).toBe(500);
  });

  it("a small one stands on the row", async () => {
    const { simulation } = worldOf({ definition: catalogueImport, handle: async () => {} });
    await simulation.enqueue({ parts: parts(2) });
    expect(simulation.job().payload).toEqual({ parts: parts(2) });
  });
});

describe("guarantees.md: what happens if the process dies here", () => {
  const confirm = async (plan: (call: { readonly number: number }) => Fault) => {
    const { simulation, mails } = worldOf(orderConfirmation);
    await simulation.records.create({ kind: "order", id: "ord_1" }, { total: "€223.85" });
    await simulation.enqueue({ orderId: "ord_1", email: "zoe@example.com" });
    simulation.inject(plan);
    await simulation.consumeOne();
    const calls = [...simulation.calls];
    await simulation.settle();
    return { job: simulation.job(), mails, calls };
  };
  const faults: Fault[] = ["before", "after", "lost", "again"];

  it("every call of a confirmation, every way to fail: completed, and one mail", async () => {
    const { calls } = await confirm(() => "none");
    // claim, step's check and read, intent, send, settle
    expect(calls.length).toBeGreaterThanOrEqual(5);
    for (const [index, name] of calls.entries()) {
      for (const fault of faults) {
        if (name === "mailer.send" && fault === "again") continue; // SES itself would have to send twice
        const { job, mails } = await confirm(({ number }) => (number === index + 1 ? fault : "none"));
        expect([name, fault, job.status, mails.length]).toEqual([name, fault, "completed", 1]);
      }
    }
  });
});

describe("enqueue-from-anywhere.md: a shop's program", () => {
  /** A client of the simulated stack; while it waits, the stack works. */
  function clientOn(simulation: Simulation<never> | ReturnType<typeof shop>["simulation"]) {
    const closed: true[] = [];
    const client: BacklineClient = clientOf({
      ports: simulation.enqueuePorts,
      definitions: () => Promise.resolve([orderConfirmation.definition]),
      sleep: async (ms) => {
        simulation.clock.advance(ms);
        await simulation.consumeOne();
      },
      close: () => closed.push(true),
    });
    return { client, closed };
  }
  const shop = () => worldOf(orderConfirmation);

  it("enqueues one job for an order, however often it is called", async () => {
    const { simulation } = shop();
    const { client } = clientOn(simulation);
    const id = await confirmOrder(client, "ord_1", "zoe@example.com");
    await expect(confirmOrder(client, "ord_1", "zoe@example.com")).resolves.toBe(id);
    await expect(changeAddress(client, "ord_1", "other@example.com")).resolves.toBe(id);
    expect(simulation.store.jobs()).toHaveLength(1);
  });

  it("waits for the job's end", async () => {
    const { simulation } = shop();
    await simulation.records.create({ kind: "order", id: "ord_1" }, { total: "€223.85" });
    await expect(confirmAndWait(clientOn(simulation).client, "ord_1", "zoe@example.com")).resolves.toBe(true);
  });

  it("gets a failed job as an answer, not as an error", async () => {
    const { simulation } = shop();
    const said = jest.spyOn(console, "error").mockReturnValue();
    await expect(confirmAndWait(clientOn(simulation).client, "ord_1", "zoe@example.com")).resolves.toBe(false);
    expect(said).toHaveBeenCalledWith("UNKNOWN_ORDER: There is no order ord_1.");
  });

  it("opens a client and closes it", async () => {
    const { simulation } = shop();
    const { client, closed } = clientOn(simulation);
    await main(() => client);
    expect(closed).toEqual([true]);
    expect(simulation.job().id).toBe("order_confirmation-ord_1001");
  });
});

describe("enqueue-from-anywhere.md: a batch of statements", () => {
  it("is put once, and its completion runs when all have ended, with the outcome of each", async () => {
    const { simulation } = worldOf(statements.statementsDoneHandler, [statements.statementHandler]);
    const client = clientOf({
      ports: simulation.enqueuePorts,
      definitions: () => Promise.resolve([]),
      sleep: () => Promise.resolve(),
      close: () => {},
    });
    const id = await writeStatements(client, "2026-01", ["ada", "nobody", "zoe"]);
    await expect(writeStatements(client, "2026-01", ["ada", "nobody", "zoe"])).resolves.toBe(id);
    await simulation.settle();
    expect(jobsOf(simulation, "statement")).toHaveLength(3);
    expect(resultOf(jobOf(simulation, "statements_done"))).toEqual({ written: 2, of: 3 });
  });
});
