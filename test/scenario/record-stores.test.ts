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
