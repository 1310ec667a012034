import { describe, expect, it } from "@jest/globals";

import { checkJob, crashAfter, crashBefore, exampleOf, loseAnswer, runJob } from "../../testing/index.ts"; // before the handler
import { handler } from "../../functions/stores/analytics-aggregation.ts";
import { readDraft, storeDraft } from "../../shared/stores/analytics-draft.ts";
import { DayTally } from "../../shared/stores/analytics-tally.ts";
import { aStoreOrder, aTenant, given } from "../support/analytics-factory.ts";
import { MemoryRecordStore } from "../support/memory-record-store.ts";

describe("the aggregation of a day", () => {
  it("survives a crash, wherever it comes", async () => {
    const { payload, options } = exampleOf(handler);
    const report = await checkJob(handler, payload, options);
    expect(report.resends).toEqual([]);
    expect(report.calls).toContain("records.create(analytics)");
  }, 60_000);
});

describe("the aggregation of a day with more orders than one claim can count", () => {
  const orders = Array.from({ length: 210 }, (_, index) =>
    aStoreOrder(`so_${index}`, "2026-03-01T12:00:00Z", { status: "pending" }),
  );
  const world = {
    now: "2026-03-02T01:00:00Z",
    records: [aTenant(), ...orders.flatMap((order) => given(order))],
    // One page of a hundred orders takes half a claim.
    latencyMs: (call: string) => (call === "records.entries(store_order)" ? 60_000 : 10),
  };
  const calls = ["create(analytics_draft)", "replace(analytics_draft)", "remove(analytics_draft)", "create(analytics)"];
  const faults = calls.flatMap((call) =>
    [crashBefore, crashAfter, loseAnswer].map((fault) => fault(`records.${call}`)),
  );

  it.each(faults)("counts each once, and leaves no draft, with a $kind $call", async (fault) => {
    const run = await runJob(handler, { dryRun: false, changed: false }, { ...world, faults: [fault] });
    expect(run).toMatchObject({ status: "completed", result: { success: true, processed: 1 } });
    expect(run.records.find(({ kind }) => kind === "analytics")?.body).toMatchObject({ orders: 210 });
    expect(run.records.filter(({ kind }) => kind === "analytics_draft" || kind === "changed_day")).toEqual([]);
  });
});

describe("a draft of half a day", () => {
  const owner = { tenantId: "shop_1", day: "2026-03-01", jobId: "analytics_aggregation-1" };
  const by = { timeZone: "Europe/Amsterdam", currency: "EUR" };
  const draft = {
    beganAt: "2026-03-02T01:00:00.000Z",
    after: { id: "shop_1", part: "so_1", at: Date.parse("2026-03-01T12:00:00Z") },
    state: new DayTally("EUR").state(),
  };

  it.each([{ timeZone: "Asia/Tokyo" }, { currency: "JPY" }])(
    "is given up where its tenant has %j by the time of the other half",
    async (other) => {
      const records = new MemoryRecordStore();
      await storeDraft(records, owner, { ...draft, ...by });
      await expect(readDraft(records, owner, by)).resolves.toEqual(draft);
      await expect(readDraft(records, owner, { ...by, ...other })).resolves.toBeUndefined();
      expect(records.all()).toEqual([]);
    },
  );
});
