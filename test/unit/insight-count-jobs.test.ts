import { describe, expect, it } from "@jest/globals";

import { countJobs } from "../../shared/engine/insight/count-jobs.ts";
import { groupErrors } from "../../shared/engine/insight/error-groups.ts";
import { assign } from "../../shared/job/transitions/transition.ts";
import { aRow, type RowOptions } from "../support/job-rows.ts";
import { MemoryJobStore } from "../support/memory-job-store.ts";
import { START, VirtualClock } from "../support/virtual-clock.ts";

const open = async (rows: readonly RowOptions[]) => {
  const store = new MemoryJobStore();
  for (const row of rows) await store.create(aRow(row));
  return { store, clock: new VirtualClock() };
};
const many = (count: number, row: Omit<RowOptions, "id">): RowOptions[] =>
  Array.from({ length: count }, (_, index) => ({ id: `${row.type}-${row.status}-${row.errorCode}-${index}`, ...row }));

describe("counts of jobs", () => {
  it("are by type and status, and say how much was read for them", async () => {
    const world = await open([
      ...many(3, { type: "greeting", status: "pending" }),
      ...many(2, { type: "greeting", status: "processing" }),
      ...many(4, { type: "greeting", status: "completed" }),
      ...many(1, { type: "greeting", status: "needs_review" }),
      ...many(5, { type: "invoice", status: "failed" }),
    ]);
    const { types, itemsRead } = await countJobs(world, ["greeting", "invoice"]);
    const none = { count: 0, isMore: false };
    expect(types).toEqual([
      {
        type: "greeting",
        counts: {
          pending: { count: 3, isMore: false },
          processing: { count: 2, isMore: false },
          retrying: none,
          waiting: none,
          needs_review: { count: 1, isMore: false },
          completed: { count: 4, isMore: false },
          failed: none,
          cancelled: none,
        },
      },
      { type: "invoice", counts: expect.objectContaining({ failed: { count: 5, isMore: false }, pending: none }) },
    ]);
    expect(itemsRead).toBe(15);
  });

  it("count no list past its cap, and say that there is more", async () => {
    const world = await open([
      ...many(30, { type: "greeting", status: "completed" }),
      ...many(30, { type: "greeting", status: "pending" }),
      ...many(10, { type: "greeting", status: "failed" }),
    ]);
    const { types, itemsRead } = await countJobs(world, ["greeting"], { cap: 10 });
    expect(types[0]?.counts).toMatchObject({
      completed: { count: 10, isMore: true },
      pending: { count: 10, isMore: true },
      failed: { count: 10, isMore: false },
    });
    expect(itemsRead).toBe(30);
  });

  it("leave a failed job whose dead letter is owed to those that failed", async () => {
    const world = await open(many(1, { type: "greeting", status: "failed" }));
    const owed = assign({ dueList: "greeting", dueAt: START, runAt: START, dlqOwed: true });
    await world.store.apply("greeting-failed-undefined-0", { name: "test", condition: { all: [] }, changes: owed });
    const { types } = await countJobs(world, ["greeting"]);
    expect(Object.values(types[0]?.counts ?? {}).reduce((sum, { count }) => sum + count, 0)).toBe(1);
  });

  it("are refused for a type that does not exist", async () => {
    await expect(countJobs(await open([]), ["greeting"], { type: "nope" })).rejects.toMatchObject({
      code: "INVALID_QUERY",
    });
  });
});

describe("groups of errors", () => {
  const rows: RowOptions[] = [
    { id: "a-1", status: "failed", at: START + 1, errorCode: "OUT_OF_INK", fingerprint: "f1" },
    { id: "a-2", status: "failed", at: START + 5, errorCode: "OUT_OF_INK", fingerprint: "f1" },
    { id: "a-3", status: "failed", at: START + 3, errorCode: "OUT_OF_INK", fingerprint: "f2" },
    { id: "b-1", status: "failed", at: START + 4, errorCode: "TIMEOUT", fingerprint: "f3" },
    { id: "c-1", status: "completed", at: START + 4 },
  ];

  it("are by code and fingerprint, the largest first, each with an example and what it says", async () => {
    const { groups, isMore, itemsRead } = await groupErrors(await open(rows), "greeting");
    expect(groups).toEqual([
      {
        errorCode: "OUT_OF_INK",
        fingerprint: "f1",
        count: 2,
        firstAt: START + 1,
        lastAt: START + 5,
        exampleId: "a-2",
        message: "It says OUT_OF_INK.",
      },
      expect.objectContaining({ errorCode: "TIMEOUT", count: 1, exampleId: "b-1" }),
      expect.objectContaining({ errorCode: "OUT_OF_INK", fingerprint: "f2", count: 1, exampleId: "a-3" }),
    ]);
    expect({ isMore, itemsRead }).toEqual({ isMore: false, itemsRead: 7 });
  });

  it("are of the newest failures, so many at most", async () => {
    const { groups, isMore } = await groupErrors(await open(rows), "greeting", { cap: 2 });
    expect(groups.map(({ exampleId }) => exampleId)).toEqual(["a-2", "b-1"]);
    expect(isMore).toBe(true);
  });

  it("leave out the message of an example that was replayed meanwhile", async () => {
    const world = await open([rows[0] ?? { id: "" }]);
    const real = world.store.getMany.bind(world.store);
    world.store.getMany = async (ids) => {
      const changes = assign({ status: "pending", dueList: "greeting", dueAt: START, runAt: START });
      await world.store.apply("a-1", { name: "test", condition: { all: [] }, changes });
      return real(ids);
    };
    const { groups } = await groupErrors(world, "greeting");
    expect(groups).toMatchObject([{ exampleId: "a-1" }]);
    expect(groups[0]).not.toHaveProperty("message");
  });
});
