import { describe, expect, it } from "@jest/globals";

import type { RecordStore } from "../../shared/ports/record-store.ts";
import { describeRecordLists } from "./record-lists-suite.ts";

/** What business records rely on in any store of records. */
export function describeRecordStore(name: string, openStore: () => RecordStore): void {
  describeRecordLists(name, openStore);

  describe(`${name} as a record store`, () => {
    it("creates a record once and gives the one that was there", async () => {
      const store = openStore();
      const key = { kind: "thing", id: "created-once" };
      await expect(store.get(key)).resolves.toBeUndefined();
      await expect(store.create(key, { name: "first", none: undefined })).resolves.toMatchObject({ isCreated: true });
      const second = await store.create(key, { name: "second" });
      expect(second).toEqual({ isCreated: false, record: { body: { name: "first" }, version: 1 } });
    });

    it("replaces the version that was read, and no other", async () => {
      const store = openStore();
      const key = { kind: "thing", id: "replaced", part: "one" };
      await store.create(key, { name: "first" });
      await expect(store.replace(key, 1, { name: "second" })).resolves.toBe(true);
      await expect(store.replace(key, 1, { name: "third" })).resolves.toBe(false);
      await expect(store.get(key)).resolves.toEqual({ body: { name: "second" }, version: 2 });
    });

    it("does not replace what is not there", async () => {
      await expect(openStore().replace({ kind: "thing", id: "absent" }, 1, {})).resolves.toBe(false);
    });

    it("keeps the parts of one id apart", async () => {
      const store = openStore();
      await store.create({ kind: "thing", id: "parted", part: "a" }, { name: "a" });
      await store.create({ kind: "thing", id: "parted", part: "b" }, { name: "b" });
      await expect(store.get({ kind: "thing", id: "parted", part: "b" })).resolves.toMatchObject({
        body: { name: "b" },
      });
    });

    describe("removes a record", () => {
      const key = (id: string) => ({ kind: "removed", id, part: "one" });

      it("of the version that was read, and no other", async () => {
        const store = openStore();
        await store.create(key("fenced"), { name: "first" });
        await store.replace(key("fenced"), 1, { name: "second" });
        await expect(store.remove(key("fenced"), 1)).resolves.toBe(false);
        await expect(store.get(key("fenced"))).resolves.toEqual({ body: { name: "second" }, version: 2 });
        await expect(store.remove(key("fenced"), 2)).resolves.toBe(true);
        await expect(store.get(key("fenced"))).resolves.toBeUndefined();
      });

      it("twice, for the first answer may have been lost", async () => {
        const store = openStore();
        await store.create(key("twice"), { name: "first" });
        await expect(store.remove(key("twice"), 1)).resolves.toBe(true);
        await expect(store.remove(key("twice"), 1)).resolves.toBe(true);
      });

      it("that is not there, and leaves none behind", async () => {
        const store = openStore();
        await expect(store.remove(key("never"), 1)).resolves.toBe(true);
        await expect(store.get(key("never"))).resolves.toBeUndefined();
        await expect(store.replace(key("never"), 1, { name: "second" })).resolves.toBe(false);
      });

      it("and no other part of its id, nor the kind's other records", async () => {
        const store = openStore();
        const others = [{ ...key("with-others"), part: "two" }, key("with-others-2")];
        for (const each of [key("with-others"), ...others]) await store.create(each, { name: "kept" });
        await store.remove(key("with-others"), 1);
        for (const each of others) await expect(store.get(each)).resolves.toMatchObject({ version: 1 });
        const listed = await store.list({ kind: "removed", id: "with-others" });
        expect(listed.map(({ part }) => part)).toEqual(["two"]);
      });

      it("so that there may be a new one", async () => {
        const store = openStore();
        await store.create(key("anew"), { name: "first", only: "there" });
        await store.remove(key("anew"), 1);
        await expect(store.create(key("anew"), { name: "second" })).resolves.toEqual({
          isCreated: true,
          record: { body: { name: "second" }, version: 1 },
        });
        await expect(store.get(key("anew"))).resolves.toEqual({ body: { name: "second" }, version: 1 });
      });
    });

    describe("lists the records under one id", () => {
      /** Parts whose order is that of their bytes; JavaScript's own order has the last two the other way round. */
      const PARTS = ["-", "B", "a#1", "a#2", "b/1", "\u{FF5E}", "\u{1F381}"] as const;

      async function openListed(id: string): Promise<RecordStore> {
        const store = openStore();
        for (const part of PARTS.toReversed()) await store.create({ kind: "thing", id, part }, { name: part });
        await store.create({ kind: "thing", id: `${id}1`, part: "a#3" }, { name: "of another id" });
        await store.create({ kind: "other", id, part: "a#4" }, { name: "of another kind" });
        return store;
      }

      const partsOf = async (listed: ReturnType<RecordStore["list"]>) => (await listed).map(({ part }) => part);

      it("with their bodies and versions", async () => {
        const store = await openListed("with-bodies");
        const key = { kind: "thing", id: "with-bodies" };
        await store.replace({ ...key, part: "a#1" }, 1, { name: "new" });
        await expect(store.list(key, { prefix: "a" })).resolves.toEqual([
          { part: "a#1", body: { name: "new" }, version: 2 },
          { part: "a#2", body: { name: "a#2" }, version: 1 },
        ]);
      });

      it("in the order of their parts' bytes", async () => {
        const store = await openListed("in-order");
        await expect(partsOf(store.list({ kind: "thing", id: "in-order" }))).resolves.toEqual(PARTS);
      });

      it.each([
        ["that begin with a prefix", { prefix: "a#" }, ["a#1", "a#2"]],
        ["from the start, as many as wanted", { limit: 2 }, ["-", "B"]],
        ["behind a part", { after: "a#1", limit: 2 }, ["a#2", "b/1"]],
        ["behind a part that is not there", { after: "a#", limit: 1 }, ["a#1"]],
        ["behind a part, with a prefix", { prefix: "a#", after: "a#1" }, ["a#2"]],
        ["behind a part that stands before the prefix", { prefix: "a#", after: "B" }, ["a#1", "a#2"]],
        ["behind the last one", { after: "\u{1F381}" }, []],
        ["behind a part that stands after the prefix", { prefix: "a#", after: "b" }, []],
        ["behind the last one with a prefix", { prefix: "a#", after: "a#2" }, []],
        ["with a prefix that none has", { prefix: "c" }, []],
      ])("%s", async (_, options, expected) => {
        const store = await openListed("in-part");
        await expect(partsOf(store.list({ kind: "thing", id: "in-part" }, options))).resolves.toEqual(expected);
      });

      it("of which there may be none", async () => {
        await expect(openStore().list({ kind: "thing", id: "nothing" })).resolves.toEqual([]);
      });

      it("page by page, each once", async () => {
        const store = await openListed("paged");
        const found: string[] = [];
        for (let after: string | undefined; ;) {
          const page = await partsOf(
            store.list({ kind: "thing", id: "paged" }, { limit: 3, ...(after !== undefined && { after }) }),
          );
          found.push(...page);
          after = page.at(-1);
          if (page.length < 3) break;
        }
        expect(found).toEqual(PARTS);
      });

      it("a hundred at a time, unless it is told otherwise", async () => {
        const store = openStore();
        const key = { kind: "thing", id: "many" };
        await Promise.all(
          Array.from({ length: 101 }, (_, index) => store.create({ ...key, part: `p${index}` }, { index })),
        );
        await expect(store.list(key)).resolves.toHaveLength(100);
        await expect(store.list(key, { limit: 1_000 })).resolves.toHaveLength(101);
      });
    });
  });
}
