import { describe, expect, it } from "@jest/globals";

import { exampleSeller } from "../../shared/contracts/seller.ts";
import type { RecordKey, RecordStore } from "../../shared/ports/record-store.ts";
import { readSeller, sellerHistory, storeSeller } from "../../shared/records/seller.ts";
import { MemoryRecordStore } from "../support/memory-record-store.ts";

const named = (name: string) => ({ ...exampleSeller, name });
const ADA = { by: "ada", at: "2026-01-05T09:00:00Z" };
const BOB = { by: "bob", at: "2026-01-06T09:00:00Z" };

const historyOf = async (records: RecordStore) =>
  (await sellerHistory(records)).map(({ version, by, at, settings }) => [version, by, at, settings["name"]]);

/** A process that dies at the given write, or after it; what it wrote before stays. */
class DyingStore extends MemoryRecordStore {
  #countdown = Number.POSITIVE_INFINITY;
  #isAfter = false;

  dieAt(write: number, isAfter: boolean): void {
    this.#countdown = write;
    this.#isAfter = isAfter;
  }

  override create(key: RecordKey, body: object): ReturnType<RecordStore["create"]> {
    return this.#write(() => super.create(key, body));
  }

  override replace(key: RecordKey, version: number, body: object): Promise<boolean> {
    return this.#write(() => super.replace(key, version, body));
  }

  async #write<Answer>(write: () => Promise<Answer>): Promise<Answer> {
    this.#countdown -= 1;
    if (this.#countdown === 0 && !this.#isAfter) throw new Error("died");
    const answer = await write();
    if (this.#countdown === 0) throw new Error("died");
    return answer;
  }
}

describe("the seller's settings", () => {
  it("keep every version, with who stored it and when; the newest counts", async () => {
    const records = new MemoryRecordStore();
    await storeSeller(records, named("One"), ADA);
    await storeSeller(records, named("Two"), BOB);
    await storeSeller(records, named("Three"), { ...ADA, at: "2026-01-07T09:00:00Z" });
    await expect(readSeller(records)).resolves.toMatchObject({ name: "Three" });
    await expect(historyOf(records)).resolves.toEqual([
      [1, "ada", "2026-01-05T09:00:00Z", "One"],
      [2, "bob", "2026-01-06T09:00:00Z", "Two"],
      [3, "ada", "2026-01-07T09:00:00Z", "Three"],
    ]);
  });

  it("have no new version when the same ones are stored again", async () => {
    const records = new MemoryRecordStore();
    await storeSeller(records, named("One"), ADA);
    await storeSeller(records, named("One"), BOB);
    await expect(historyOf(records)).resolves.toEqual([[1, "ada", "2026-01-05T09:00:00Z", "One"]]);
  });

  it("of before there was a history are its first version", async () => {
    const records = new MemoryRecordStore();
    await records.create({ kind: "settings", id: "seller" }, named("Old"));
    await expect(historyOf(records)).resolves.toEqual([[1, undefined, undefined, "Old"]]);
    await storeSeller(records, named("New"), ADA);
    await expect(historyOf(records)).resolves.toEqual([
      [1, undefined, undefined, "Old"],
      [2, "ada", "2026-01-05T09:00:00Z", "New"],
    ]);
  });

  it("lose no version wherever the process dies", async () => {
    for (let write = 1; write <= 4; write += 1) {
      for (const isAfter of [false, true]) {
        const records = new DyingStore();
        await storeSeller(records, named("One"), ADA);
        records.dieAt(write, isAfter);
        const isStored = await storeSeller(records, named("Two"), BOB).then(
          () => true,
          () => false,
        );
        expect(isStored).toBe(false);
        const { name } = await readSeller(records);
        const before = [[1, "ada", "2026-01-05T09:00:00Z", "One"]];
        const after = [...before, [2, "bob", "2026-01-06T09:00:00Z", "Two"]];
        await expect(historyOf(records)).resolves.toEqual(name === "One" ? before : after);
        await storeSeller(records, named("Two"), BOB);
        await expect(historyOf(records)).resolves.toEqual(after);
      }
    }
  });

  it("that two people store at the same moment are one person's; the other is told", async () => {
    const records = new MemoryRecordStore();
    await storeSeller(records, named("One"), ADA);
    const stores = await Promise.allSettled([
      storeSeller(records, named("Two"), ADA),
      storeSeller(records, named("Three"), BOB),
    ]);
    expect(stores.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(stores.find((each) => each.status === "rejected")?.reason).toMatchObject({
      message: expect.stringContaining("changed at the same moment"),
    });
    await expect(historyOf(records)).resolves.toHaveLength(2);
  });
});
