import { describe, expect, it } from "@jest/globals";

import type { EntryOptions, ListEntry, RecordList, RecordStore } from "../../shared/ports/record-store.ts";

const NOON = Date.UTC(2026, 2, 1, 12);

/** What sweeps rely on in any store of records: lists of records, each in the order of a time. */
export function describeRecordLists(name: string, openStore: () => RecordStore): void {
  describe(`${name} as a store of lists`, () => {
    /** A kind of its own for each test: the stores stay. */
    const listOf = (kind: string): RecordList => ({ kind, index: "gsi1", list: "open" });

    /** Records `a` to `e`, a minute apart, put there in another order. */
    async function openMinutes(kind: string): Promise<RecordStore> {
      const store = openStore();
      for (const [id, minutes] of [
        ["c", 2],
        ["e", 4],
        ["a", 0],
        ["d", 3],
        ["b", 1],
      ] as const) {
        await store.create({ kind, id }, { id }, { gsi1: { list: "open", at: NOON + minutes * 60_000 } });
      }
      return store;
    }

    const namesIn = async (store: RecordStore, list: RecordList, options?: EntryOptions): Promise<string[]> =>
      (await store.entries(list, options)).map(({ id, part }) => (part === "-" ? id : `${id}/${part}`));

    it("has the entries in the order of their times, with their keys", async () => {
      const store = openStore();
      await store.create({ kind: "timed", id: "z#1" }, {}, { gsi1: { list: "open", at: -5 } });
      await store.create({ kind: "timed", id: "y", part: "one/2" }, {}, { gsi1: { list: "open", at: NOON } });
      await store.create({ kind: "timed", id: "x" }, {}, { gsi1: { list: "open", at: 1_000 } });
      await expect(store.entries(listOf("timed"))).resolves.toEqual([
        { id: "z#1", part: "-", at: -5 },
        { id: "x", part: "-", at: 1_000 },
        { id: "y", part: "one/2", at: NOON },
      ]);
    });

    it.each<[string, EntryOptions, string]>([
      ["from a time, included", { from: NOON + 120_000 }, "cde"],
      ["from a millisecond later", { from: NOON + 120_001 }, "de"],
      ["to a time, included", { to: NOON + 120_000 }, "abc"],
      ["to a millisecond before", { to: NOON + 119_999 }, "ab"],
      ["within a window", { from: NOON + 60_000, to: NOON + 180_000 }, "bcd"],
      ["of one millisecond", { from: NOON + 60_000, to: NOON + 60_000 }, "b"],
      ["within a window that none is in", { from: NOON + 1, to: NOON + 2 }, ""],
      ["within a window that ends before it begins", { from: NOON + 2, to: NOON + 1 }, ""],
      ["as many as wanted", { limit: 2 }, "ab"],
      ["behind an entry", { after: { id: "b", part: "-", at: NOON + 60_000 } }, "cde"],
      ["behind an entry, up to a time", { after: { id: "b", part: "-", at: NOON + 60_000 }, to: NOON + 120_000 }, "c"],
      ["behind the last one", { after: { id: "e", part: "-", at: NOON + 240_000 } }, ""],
      [
        "behind one that stands before the window",
        { after: { id: "a", part: "-", at: NOON }, from: NOON + 180_000 },
        "de",
      ],
      ["behind one that stands after the window", { after: { id: "e", part: "-", at: NOON + 240_000 }, to: NOON }, ""],
    ])("gives those that are wanted: %s", async (title, options, expected) => {
      const kind = `wanted_${title.replaceAll(/\W/g, "_")}`;
      await expect(namesIn(await openMinutes(kind), listOf(kind), options)).resolves.toEqual(Array.from(expected));
    });

    it("goes on behind an entry that has left the list, or is gone", async () => {
      const store = await openMinutes("left");
      await store.replace({ kind: "left", id: "b" }, 1, {});
      await store.remove({ kind: "left", id: "c" }, 1);
      const behind = (id: string, at: number) => namesIn(store, listOf("left"), { after: { id, part: "-", at } });
      await expect(behind("b", NOON + 60_000)).resolves.toEqual(["d", "e"]);
      await expect(behind("c", NOON + 120_000)).resolves.toEqual(["d", "e"]);
    });

    it("gives each of many with one time once, page by page, although some leave meanwhile", async () => {
      const store = openStore();
      const ids = Array.from({ length: 25 }, (_, index) => `r${String(index).padStart(2, "0")}`);
      for (const id of ids) {
        await store.create({ kind: "equal", id: id.slice(0, 2), part: id }, {}, { gsi1: { list: "open", at: NOON } });
      }
      const found: string[] = [];
      for (let after: ListEntry | undefined; ;) {
        const page = await store.entries(listOf("equal"), { limit: 4, ...(after && { after }) });
        for (const { id, part } of page) await store.replace({ kind: "equal", id, part }, 1, {});
        found.push(...page.map(({ part }) => part));
        after = page.at(-1);
        if (page.length < 4) break;
      }
      expect(found.toSorted()).toEqual(ids);
      await expect(store.entries(listOf("equal"))).resolves.toEqual([]);
    });

    it("has a record where its last write has put it, and nowhere else", async () => {
      const store = openStore();
      const key = { kind: "moved", id: "one" };
      const both = { gsi1: { list: "open", at: 1 }, gsi2: { list: "late", at: 2 } };
      await store.create(key, {}, both);
      await expect(store.entries(listOf("moved"))).resolves.toEqual([{ id: "one", part: "-", at: 1 }]);
      await expect(store.entries({ kind: "moved", index: "gsi2", list: "late" })).resolves.toEqual([
        { id: "one", part: "-", at: 2 },
      ]);
      await store.replace(key, 1, {}, { gsi1: { list: "open", at: 3 }, gsi2: { list: "other", at: 2 } });
      await expect(store.entries(listOf("moved"))).resolves.toEqual([{ id: "one", part: "-", at: 3 }]);
      await expect(namesIn(store, { kind: "moved", index: "gsi2", list: "late" })).resolves.toEqual([]);
      await expect(namesIn(store, { kind: "moved", index: "gsi2", list: "other" })).resolves.toEqual(["one"]);
      await store.replace(key, 2, {});
      await expect(namesIn(store, listOf("moved"))).resolves.toEqual([]);
      await expect(namesIn(store, { kind: "moved", index: "gsi2", list: "other" })).resolves.toEqual([]);
    });

    it("leaves a record where it is when a write is refused", async () => {
      const store = openStore();
      const key = { kind: "refused", id: "one" };
      await store.create(key, {}, { gsi1: { list: "open", at: 1 } });
      await store.create(key, {}, { gsi1: { list: "other", at: 1 } });
      await store.replace(key, 7, {});
      await store.remove(key, 7);
      await expect(store.entries(listOf("refused"))).resolves.toEqual([{ id: "one", part: "-", at: 1 }]);
    });

    it("has none that was removed, and one that was created anew where it now is", async () => {
      const store = openStore();
      const key = { kind: "gone", id: "one" };
      await store.create(key, {}, { gsi1: { list: "open", at: 1 }, gsi2: { list: "open", at: 1 } });
      await store.remove(key, 1);
      await expect(namesIn(store, listOf("gone"))).resolves.toEqual([]);
      await store.create(key, {}, { gsi1: { list: "open", at: 2 } });
      await expect(store.entries(listOf("gone"))).resolves.toEqual([{ id: "one", part: "-", at: 2 }]);
      await expect(namesIn(store, { kind: "gone", index: "gsi2", list: "open" })).resolves.toEqual([]);
    });

    it("keeps kinds, lists and indexes of one name apart", async () => {
      const store = openStore();
      await store.create({ kind: "mine", id: "one" }, {}, { gsi1: { list: "open", at: 1 } });
      await store.create({ kind: "mine", id: "two" }, {}, { gsi1: { list: "opened", at: 1 } });
      await store.create({ kind: "mine", id: "three" }, {}, { gsi2: { list: "open", at: 1 } });
      await store.create({ kind: "mine2", id: "four" }, {}, { gsi1: { list: "open", at: 1 } });
      await store.create({ kind: "mine", id: "five" }, {});
      await expect(namesIn(store, listOf("mine"))).resolves.toEqual(["one"]);
    });

    it("shows nothing of the lists in the records", async () => {
      const store = openStore();
      const key = { kind: "plain", id: "one" };
      const lists = { gsi1: { list: "open", at: 1 }, gsi2: { list: "late", at: 2 } };
      const record = { body: { name: "first" }, version: 1 };
      await expect(store.create(key, { name: "first" }, lists)).resolves.toEqual({ isCreated: true, record });
      await expect(store.create(key, { name: "second" }, lists)).resolves.toEqual({ isCreated: false, record });
      await expect(store.get(key)).resolves.toEqual(record);
      await store.replace(key, 1, { name: "third" }, lists);
      await expect(store.list(key)).resolves.toEqual([{ part: "-", body: { name: "third" }, version: 2 }]);
    });

    it("gives a hundred at a time, unless it is told otherwise", async () => {
      const store = openStore();
      const ids = Array.from({ length: 101 }, (_, index) => `r${index}`);
      await Promise.all(ids.map((id, at) => store.create({ kind: "many", id }, {}, { gsi1: { list: "open", at } })));
      await expect(store.entries(listOf("many"))).resolves.toHaveLength(100);
      await expect(store.entries(listOf("many"), { limit: 1_000 })).resolves.toHaveLength(101);
    });
  });
}
