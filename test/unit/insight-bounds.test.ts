import { beforeAll, expect, it } from "@jest/globals";

import { fill, readings, type Reading } from "../support/many-jobs.ts";
import { MemoryJobStore } from "../support/memory-job-store.ts";

let measured: readonly Reading[];

beforeAll(async () => {
  const store = new MemoryJobStore();
  await fill(store, 20_000);
  measured = await readings(store);
}, 60_000);

it("listing and counting 20,000 jobs read no more than is promised", () => {
  expect(measured.length).toBeGreaterThan(10);
  expect(measured.filter(({ itemsRead, bound }) => itemsRead > bound)).toEqual([]);
});

it("a page of a list that matches as it is reads its entries and its rows, and no more", () => {
  const plain = measured.filter(({ what }) => ["list: a type, completed", "list: needs review"].includes(what));
  expect(plain.map(({ itemsRead }) => itemsRead)).toEqual([100, 100]);
});
