import {
  crashAfter,
  loseAnswer,
  refuse,
  runJob,
  type Fault,
  type GivenRecord,
  type TestRun,
} from "../../testing/index.ts"; // before the rest
import { describe, expect, it } from "@jest/globals";
import * as z from "zod";

import { sweepPayload, type SweepPayload } from "../../shared/contracts/sweep-payload.ts";
import type { JobContext } from "../../shared/engine/job-context.ts";
import type { ListEntry } from "../../shared/ports/record-store.ts";
import { SKIPPED, type SweepTotals } from "../../shared/engine/sweep.ts";
import { PermanentError } from "../../shared/errors/job-errors.ts";
import { defineJob } from "../../shared/job/define-job.ts";
import { fixed } from "../../shared/job/retry-policy.ts";
import type { Services } from "../../shared/lambda/compose-services.ts";
import { sweepRecords, type RecordSweep } from "../../shared/sweeps/sweep-records.ts";
import { sweepResultOf } from "../../shared/sweeps/sweep-result.ts";
import { OPEN_PARCELS, parcels, type Parcel } from "../support/parcels.ts";

const definition = defineJob({
  type: "send_parcels",
  summary: "Sends what is due.",
  payload: sweepPayload,
  retry: { maxAttempts: 3, backoff: fixed(1_000) },
  run: { timeoutSeconds: 60, memoryMb: 128, batchSize: 1 },
  needs: { records: { parcel: "write" }, lists: ["parcel"] },
});

const P = (number: number, rest: Partial<Parcel> = {}) =>
  parcels.given({ parcelId: `p${number}`, dueAt: number, trail: [], ...rest });
const many = (count: number) => Array.from({ length: count }, (_, index) => P(index + 1));

type Options = Partial<Pick<RecordSweep<Parcel>, "from" | "to" | "each">> & {
  readonly records: readonly GivenRecord[];
  readonly dryRun?: boolean;
  readonly faults?: readonly Fault[];
  /** What the list still has although it is gone. */
  readonly gone?: readonly ListEntry[];
};

/** Sends parcels: marks each as sent. */
async function swept({ records, dryRun = false, faults = [], gone = [], ...rest }: Options) {
  const visits: string[] = [];
  const handle = async (job: JobContext<SweepPayload>, services: Services) =>
    sweepRecords<Parcel>(job, "parcels", {
      records: {
        ...services.records,
        entries: async (list, options) => [...(await services.records.entries(list, options)), ...gone],
      },
      model: parcels,
      list: OPEN_PARCELS,
      isDue: ({ sentAt }) => sentAt === undefined,
      each: async ({ key, ...known }) => {
        visits.push(known.body.parcelId);
        await parcels.replace(services.records, key, known, { sentAt: 1 });
      },
      ...rest,
    });
  const run = await runJob({ definition, handle }, { dryRun }, { records, faults });
  return { run, visits, totals: run.result as SweepTotals };
}

const sentIn = ({ records }: TestRun) => records.filter(({ body }) => body["sentAt"] !== undefined).length;
const queriesOf = ({ calls }: TestRun) => calls.filter((call) => call.startsWith("records.entries")).length;

describe("a sweep of records", () => {
  it.each([
    [0, 1, 1],
    [1, 1, 1],
    [49, 1, 1],
    [50, 2, 2],
    [51, 2, 2],
    [100, 3, 3],
  ])("visits each of %d once, in pages of 50", async (count, pages, queries) => {
    const { run, visits, totals } = await swept({ records: many(count) });
    expect(totals).toMatchObject({ visited: count, done: count, skipped: 0, failed: 0, pages });
    expect(new Set(visits).size).toBe(count);
    expect(visits).toHaveLength(count);
    expect(sentIn(run)).toBe(count);
    expect(queriesOf(run)).toBe(queries);
  });

  it("visits each once although its work takes none out of the list", async () => {
    const seen: string[] = [];
    const { totals } = await swept({ records: many(120), each: async ({ key }) => seen.push(key.id) });
    expect(totals).toMatchObject({ visited: 120, done: 120 });
    expect(new Set(seen).size).toBe(120);
    expect(seen).toHaveLength(120);
  });

  it("takes what stands between two times, both included", async () => {
    const { visits } = await swept({ records: many(9), from: 3, to: 6 });
    expect(visits).toEqual(["p3", "p4", "p5", "p6"]);
  });

  it("skips what is not due any more, whatever the list says", async () => {
    const stale = { ...P(2, { sentAt: 5 }), lists: { gsi1: { list: "open", at: 2 } } };
    const { totals, visits } = await swept({ records: [P(1), stale, P(3)] });
    expect(totals).toMatchObject({ visited: 3, done: 2, skipped: 1, failed: 0 });
    expect(visits).toEqual(["p1", "p3"]);
  });

  it("skips what is gone although the list still has it", async () => {
    const { run, totals } = await swept({
      records: [P(1), P(2), P(3)],
      gone: [{ id: "p4", part: "-", at: 4 }],
    });
    expect(totals).toMatchObject({ visited: 4, done: 3, skipped: 1, failed: 0 });
    expect(sentIn(run)).toBe(3);
  });

  it("counts what was overtaken as skipped", async () => {
    const { totals } = await swept({
      records: many(4),
      each: async ({ body }) => (body.parcelId === "p2" ? SKIPPED : "something else"),
    });
    expect(totals).toMatchObject({ visited: 4, done: 3, skipped: 1, failed: 0 });
  });

  it("has one error for a broken record, and goes on with the others", async () => {
    const broken = { ...P(2), body: { parcelId: "p2", dueAt: "ada@example.com" } };
    const { totals, visits } = await swept({ records: [P(1), broken, P(3)] });
    expect(totals).toMatchObject({ visited: 3, done: 2, skipped: 0, failed: 1 });
    expect(totals.errors).toEqual([
      {
        key: "p2",
        code: "RECORD_INVALID",
        message: expect.stringMatching(/^The parcel record p2 is not right: dueAt/),
      },
    ]);
    expect(JSON.stringify(totals)).not.toContain("ada@");
    expect(visits).toEqual(["p1", "p3"]);
  });

  it("lists the first hundred errors and counts them all", async () => {
    const { totals } = await swept({
      records: many(130),
      each: async () => Promise.reject(new Error("The client is not there.")),
    });
    expect(totals).toMatchObject({ visited: 130, done: 0, failed: 130 });
    expect(totals.errors).toHaveLength(100);
    const result = sweepResultOf(totals, totals);
    expect(result).toMatchObject({ success: false, errorCount: 260, visited: 260, dryRun: false });
    expect(result.errors).toHaveLength(100);
    expect(result.errors).toContain("p1: The client is not there.");
  });

  it("names an item by id and part, and by a hash where that is longer than a key may be", async () => {
    const part = (number: number, id: string) => ({ ...P(number), id, part: "one" });
    const { totals } = await swept({ records: [part(1, "a".repeat(124)), part(2, "b".repeat(125)), P(3)] });
    expect(totals).toMatchObject({ visited: 3, done: 1, failed: 2 }); // their bodies are those of other records
    expect(totals.errors.map(({ key }) => key).toSorted()).toEqual([
      expect.stringMatching(/^[0-9a-f]{64}$/),
      `${"a".repeat(124)}/one`,
    ]);
  });

  it("has an error for each record whose id is no key, or looks like another's, and goes on", async () => {
    const given = (number: number, key: object) => ({ ...P(number), ...key });
    const records = [given(1, { id: "" }), given(2, { id: "x/y" }), given(3, { id: "x", part: "y" }), P(4)];
    const { run, totals } = await swept({ records });
    expect(run.status).toBe("completed");
    expect(totals).toMatchObject({ visited: 4, done: 1, failed: 3 });
    expect(new Set(totals.errors.map(({ key }) => key)).size).toBe(3);
  });

  it("counts in a dry run what it would do, and does nothing", async () => {
    const stale = { ...P(60, { sentAt: 5 }), lists: { gsi1: { list: "open", at: 60 } } };
    const broken = { ...P(61), body: { parcelId: "p61" } };
    const { run, totals, visits } = await swept({ records: [...many(55), stale, broken], dryRun: true });
    expect(totals).toMatchObject({ isDryRun: true, visited: 57, done: 55, skipped: 1, failed: 1, pages: 2 });
    expect(visits).toEqual([]);
    expect(sentIn(run)).toBe(1);
    expect(sweepResultOf(totals)).toMatchObject({ success: false, dryRun: true, errorCount: 1 });
  });

  it.each([
    ["a write is refused", [refuse("records.replace", 2)]],
    ["a write is refused, and then a read", [refuse("records.replace", 2), refuse("records.get", 4)]],
    ["a write's answer is lost", [loseAnswer("records.replace", 2)]],
    ["a write's answer is lost, and then a read's", [loseAnswer("records.replace", 2), loseAnswer("records.get", 4)]],
  ])("has no error when %s", async (_, faults) => {
    const { run, totals } = await swept({ records: many(3), faults });
    expect(totals).toMatchObject({ visited: 3, done: 3, skipped: 0, failed: 0 });
    expect(sentIn(run)).toBe(3);
    expect(run.endings).toEqual(["complete"]);
  });

  it("tries an item three times, each from a fresh read, and goes on with the others", async () => {
    const tries: string[] = [];
    const { totals } = await swept({
      records: many(3),
      each: async ({ key }) => {
        tries.push(key.id);
        if (key.id === "p2") throw new Error("The connection was refused.");
      },
    });
    expect(tries.filter((id) => id === "p2")).toHaveLength(3);
    expect(tries).toHaveLength(5);
    expect(totals).toMatchObject({ done: 2, failed: 1, errors: [{ key: "p2", code: "Error" }] });
  });

  it.each([
    ["one that is final", () => Promise.reject(new PermanentError("CLIENT_GONE", "It is gone.")), "CLIENT_GONE"],
    ["one of a schema", async () => z.string().parse(1), "ZodError"],
  ])("tries an item once when its error is %s", async (_, work, code) => {
    let tries = 0;
    const { totals } = await swept({
      records: many(1),
      each: () => {
        tries += 1;
        return work();
      },
    });
    expect(tries).toBe(1);
    expect(totals.errors).toMatchObject([{ code }]);
  });

  it.each([
    ["its first page was read", crashAfter("records.get", 50)],
    ["the middle of a page", crashAfter("records.replace", 70)],
  ])("counts each once when the process dies after %s", async (_, fault) => {
    const { run, totals } = await swept({ records: many(120), faults: [fault] });
    expect(run.status).toBe("completed");
    expect(sentIn(run)).toBe(120);
    expect(totals.visited).toBeLessThanOrEqual(120);
    expect(totals.failed).toBe(0);
  });
});
