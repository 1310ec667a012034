import { describe, expect, it } from "@jest/globals";
import * as z from "zod";

import { PermanentError } from "../../shared/errors/job-errors.ts";
import { RecordModel } from "../../shared/records/record-model.ts";
import type { RecordStore } from "../../shared/ports/record-store.ts";
import { MemoryRecordStore } from "../support/memory-record-store.ts";
import { NOTED_PARCELS, OPEN_PARCELS, parcels } from "../support/parcels.ts";

const KEY = { id: "p1" };
const P1 = { parcelId: "p1", dueAt: 1_000, trail: [] };

async function storeWith(body: object): Promise<MemoryRecordStore> {
  const records = new MemoryRecordStore();
  await records.create({ kind: "parcel", ...KEY }, body, { gsi1: { list: "open", at: 1_000 } });
  return records;
}

const idsIn = async (records: RecordStore, list: typeof OPEN_PARCELS | typeof NOTED_PARCELS) =>
  (await parcels.entries(records, list)).map(({ id }) => id);

describe("a record of a model", () => {
  it("is created once, with its defaults and in its lists", async () => {
    const records = new MemoryRecordStore();
    const given = { parcelId: "p1", dueAt: 1_000 } as typeof P1; // without what has a default
    await expect(parcels.create(records, given)).resolves.toBe(true);
    await expect(parcels.create(records, { ...P1, dueAt: 5 })).resolves.toBe(false);
    await expect(records.get({ kind: "parcel", id: "p1" })).resolves.toEqual({ body: P1, version: 1 });
    await expect(parcels.entries(records, OPEN_PARCELS)).resolves.toEqual([{ id: "p1", part: "-", at: 1_000 }]);
  });

  it("that is not right is not stored, and every problem is named", async () => {
    const records = new MemoryRecordStore();
    const wrong = { parcelId: 1, dueAt: "soon" } as unknown as typeof P1;
    await expect(parcels.create(records, wrong)).rejects.toMatchObject({
      issues: [{ path: ["parcelId"] }, { path: ["dueAt"] }],
    });
    expect(records.all()).toEqual([]);
  });

  it("is read in its shape, with its version", async () => {
    const records = await storeWith(P1);
    await expect(parcels.read(records, KEY)).resolves.toMatchObject({ body: P1, version: 1 });
    await expect(parcels.read(records, { id: "p2" })).resolves.toBeUndefined();
    await expect(parcels.read(records, { id: "p1", part: "other" })).resolves.toBeUndefined();
  });

  it("that is not there is named by its key", async () => {
    const thrown = parcels.get(new MemoryRecordStore(), { id: "p1", part: "two" });
    await expect(thrown).rejects.toThrow(PermanentError);
    await expect(thrown).rejects.toMatchObject({ code: "RECORD_NOT_FOUND", message: "There is no parcel p1/two." });
  });

  it.each([
    ["id", { id: "p2" }],
    ["part", { ...KEY, part: "one" }],
  ])("that stands under another %s than its own is not right: it would be taken for that one", async (_, key) => {
    const records = new MemoryRecordStore();
    await records.create({ kind: "parcel", ...key }, P1);
    await expect(parcels.read(records, key)).rejects.toMatchObject({ code: "RECORD_INVALID" });
  });

  it("that has lost its shape says what is wrong, and not what stands there", async () => {
    const records = await storeWith({ parcelId: "p1", dueAt: "ada@example.com" });
    await expect(parcels.get(records, KEY)).rejects.toMatchObject({
      code: "RECORD_INVALID",
      message: expect.stringMatching(/^The parcel record p1 is not right: dueAt: (?!.*ada)/),
    });
  });
});

describe("a change of a record", () => {
  it("keeps what a newer version has stored, and brings the lists up to date", async () => {
    const records = await storeWith({ ...P1, weightKg: 3, note: "fragile" });
    await expect(parcels.update(records, KEY, () => ({ sentAt: 7 }))).resolves.toMatchObject({ sentAt: 7 });
    const stored = await records.get({ kind: "parcel", ...KEY });
    expect(stored).toEqual({ body: { ...P1, weightKg: 3, note: "fragile", sentAt: 7 }, version: 2 });
    await expect(idsIn(records, OPEN_PARCELS)).resolves.toEqual([]);
  });

  it("moves it within a list, and into a second one", async () => {
    const records = await storeWith(P1);
    await parcels.update(records, KEY, () => ({ dueAt: 2_000, note: "fragile" }));
    await expect(parcels.entries(records, OPEN_PARCELS)).resolves.toEqual([{ id: "p1", part: "-", at: 2_000 }]);
    await expect(parcels.entries(records, NOTED_PARCELS)).resolves.toEqual([{ id: "p1", part: "-", at: 2_000 }]);
  });

  it("to `undefined` removes a property, and its place in a list", async () => {
    const records = new MemoryRecordStore();
    await parcels.create(records, { ...P1, note: "fragile" });
    await expect(idsIn(records, NOTED_PARCELS)).resolves.toEqual(["p1"]);
    const changed = await parcels.update(records, KEY, () => ({ note: undefined }));
    expect(changed.note).toBeUndefined();
    await expect(records.get({ kind: "parcel", ...KEY })).resolves.toEqual({ body: P1, version: 2 });
    await expect(idsIn(records, NOTED_PARCELS)).resolves.toEqual([]);
  });

  it("leaves what it does not change as it is stored", async () => {
    const model = new RecordModel({
      kind: "parcel",
      schema: z.object({ to: z.object({ city: z.string() }), stage: z.number() }),
      keyOf: () => KEY,
    });
    const records = await storeWith({ to: { city: "Bonn", street: "Am Hof" }, stage: 1 });
    await model.update(records, KEY, ({ stage }) => ({ stage: stage + 1 }));
    await expect(records.get({ kind: "parcel", ...KEY })).resolves.toMatchObject({
      body: { to: { city: "Bonn", street: "Am Hof" }, stage: 2 },
    });
  });

  it("that gives nothing writes nothing", async () => {
    const records = await storeWith(P1);
    await expect(parcels.update(records, KEY, () => undefined)).resolves.toEqual(P1);
    await expect(records.get({ kind: "parcel", ...KEY })).resolves.toMatchObject({ version: 1 });
  });

  it("that is not right is not written", async () => {
    const records = await storeWith(P1);
    const wrong = () => ({ dueAt: "soon" as unknown as number });
    await expect(parcels.update(records, KEY, wrong)).rejects.toThrow(z.ZodError);
    await expect(records.get({ kind: "parcel", ...KEY })).resolves.toMatchObject({ version: 1 });
  });

  it("of a record that there is not fails, also when it goes meanwhile", async () => {
    const records = await storeWith(P1);
    await expect(parcels.update(records, { id: "p2" }, () => ({}))).rejects.toMatchObject({ code: "RECORD_NOT_FOUND" });
    const known = await parcels.get(records, KEY);
    await expect(parcels.remove(records, KEY, 1)).resolves.toBe(true);
    await expect(parcels.replace(records, KEY, known, { note: "late" })).resolves.toBeUndefined();
    expect(records.all()).toEqual([]);
  });

  it("is asked again with what others have made of the record", async () => {
    const records = await storeWith(P1);
    const add = (name: string) => parcels.update(records, KEY, ({ trail }) => ({ trail: [...trail, name] }));
    await Promise.all(["depot", "van", "door"].map(add));
    const { body, version } = await parcels.get(records, KEY);
    expect(body.trail.toSorted()).toEqual(["depot", "door", "van"]);
    expect(version).toBe(4);
  });

  it("that is refused again and again is given up: its version may be a text, which no change fits", async () => {
    const records = await storeWith(P1);
    records.replace = async () => Promise.resolve(false);
    await expect(parcels.update(records, KEY, () => ({ note: "mine" }))).rejects.toMatchObject({
      code: "RECORD_UNCHANGEABLE",
    });
  }, 5_000);

  it("of a version that is not the last one writes nothing", async () => {
    const records = await storeWith(P1);
    const known = await parcels.get(records, KEY);
    await expect(parcels.replace(records, KEY, known, { note: "mine" })).resolves.toMatchObject({ note: "mine" });
    await expect(parcels.replace(records, KEY, known, { note: "yours" })).resolves.toBeUndefined();
    await expect(parcels.remove(records, KEY, known.version)).resolves.toBe(false);
    await expect(parcels.get(records, KEY)).resolves.toMatchObject({ body: { note: "mine" }, version: 2 });
  });
});

describe("a record that is there from the start", () => {
  it("has its key, its defaults and its lists", () => {
    expect(parcels.given({ ...P1, note: "fragile" })).toEqual({
      kind: "parcel",
      id: "p1",
      body: { ...P1, note: "fragile" },
      lists: { gsi1: { list: "open", at: 1_000 }, gsi2: { list: "noted", at: 1_000 } },
    });
  });
});
