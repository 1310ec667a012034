import { describe, expect, it } from "@jest/globals";

import type { RecordStore } from "../../shared/ports/record-store.ts";

/** What business records rely on in any store of records. */
export function describeRecordStore(name: string, openStore: () => RecordStore): void {
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
  });
}
