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
