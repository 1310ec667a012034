import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, describe, expect, it } from "@jest/globals";

import { DynamoReceiptStore } from "../../shared/aws/dynamo-receipt-store.ts";
import { DynamoRecordStore } from "../../shared/aws/dynamo-record-store.ts";
import { openDynaliteTables } from "../support/dynalite-tables.ts";
import { MemoryRecordStore } from "../support/memory-record-store.ts";
import { describeRecordStore } from "../support/record-store-suite.ts";

const tables = await openDynaliteTables();
afterAll(tables.close);
const inMemory = new MemoryRecordStore();

describeRecordStore("DynamoDB", () => new DynamoRecordStore(tables.documents, "records"));
describeRecordStore("the store in memory", () => inMemory);

describe("a write of a record whose answer was lost, so that the client asks again", () => {
  /** Sends every put twice, and gives the second answer. */
  const twice = {
    send: async (command: PutCommand) => {
      if (command instanceof PutCommand) await tables.documents.send(command);
      return tables.documents.send(command);
    },
  } as unknown as typeof tables.documents;

  it("is known again as one's own", async () => {
    const store = new DynamoRecordStore(twice, "records");
    const key = { kind: "thing", id: "twice" };
    await expect(store.create(key, { name: "first" })).resolves.toMatchObject({ isCreated: true });
    await expect(store.replace(key, 1, { name: "second" })).resolves.toBe(true);
    await expect(store.replace(key, 1, { name: "third" })).resolves.toBe(false);
    await expect(store.get(key)).resolves.toEqual({ body: { name: "second" }, version: 2 });
  });
});

describe("a record that moves while its list is read", () => {
  const list = { kind: "moving", index: "gsi1", list: "open" } as const;
  const item = (id: string, at: number) => ({ pk: `moving#${id}`, sk: "-", gsi1pk: "moving#open", gsi1sk: at });
  /** An index that still has `b` at its old place, and has it at its new one already; two entries an answer at most. */
  const lagging = () => {
    const items = [item("a", 1), item("b", 2), item("c", 3), item("b", 4), item("d", 5)];
    const limits: number[] = [];
    const send = async ({ input }: { readonly input: { Limit: number; ExclusiveStartKey?: object } }) => {
      limits.push(input.Limit);
      const from = items.findIndex(
        (each) => each.gsi1sk === (input.ExclusiveStartKey as typeof each | undefined)?.gsi1sk,
      );
      const found = items.slice(from + 1, from + 1 + Math.min(input.Limit, 2));
      const last = found.at(-1);
      return Promise.resolve({ Items: found, ...(last !== items.at(-1) && { LastEvaluatedKey: last }) });
    };
    return { store: new DynamoRecordStore({ send } as unknown as typeof tables.documents, "records"), limits };
  };
  const namesOf = (entries: readonly { readonly id: string; readonly at: number }[]) =>
    entries.map(({ id, at }) => `${id}${at}`);

  it("is in a page once, and the page is as long as was wanted", async () => {
    const { store, limits } = lagging();
    expect(namesOf(await store.entries(list, { limit: 4 }))).toEqual(["a1", "b2", "c3", "d5"]);
    expect(limits).toEqual([4, 2, 1]);
  });

  it("may be in a later page as well", async () => {
    const { store } = lagging();
    const after = { id: "c", part: "-", at: 3 };
    expect(namesOf(await store.entries(list, { limit: 4, after }))).toEqual(["b4", "d5"]);
  });
});

describe("receipts in DynamoDB", () => {
  const report = { jobId: "job-1", effect: "mail", messageId: "ses-2", eventType: "Send", at: 2000 };

  it("are found by job and effect, the earliest first, however often they are reported", async () => {
    const receipts = new DynamoReceiptStore(tables.documents, "records");
    await receipts.put(report);
    await receipts.put(report);
    await receipts.put({ ...report, messageId: "ses-1", at: 1000 });
    await expect(receipts.find("job-1", "mail")).resolves.toEqual({ id: "ses-1", at: 1000 });
    await expect(receipts.find("job-1", "mail", 1500)).resolves.toEqual({ id: "ses-2", at: 2000 });
    await expect(receipts.find("job-1", "mail", 2001)).resolves.toBeUndefined();
    await expect(receipts.find("job-1", "mailing")).resolves.toBeUndefined();
    await expect(receipts.find("job-2", "mail")).resolves.toBeUndefined();
  });
});
