import { PutCommand, QueryCommand, type DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";

import { RECORDS_TABLE } from "../contracts/tables.ts";
import type { EpochMs } from "../job/job.ts";
import { COMPANION_RETENTION_DAYS } from "../job/job-times.ts";
import type { ReceiptStore, ReportedReceipt, StoredReceipt } from "../ports/receipt-store.ts";

const KIND = "receipt";
const storedReceipts = z.array(z.object({ messageId: z.string(), at: z.number() }));
const storedReports = z.array(
  z.object({
    [RECORDS_TABLE.sortKey]: z.string(),
    messageId: z.string(),
    eventType: z.string(),
    at: z.number(),
  }),
);

/** What SES reported of our mails, by job and effect. A receipt outlives the job row that may look for it. */
export class DynamoReceiptStore implements ReceiptStore {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async find(jobId: string, effect: string, since: EpochMs = 0): Promise<StoredReceipt | undefined> {
    const { Items = [] } = await this.#client.send(
      new QueryCommand({
        TableName: this.#table,
        KeyConditionExpression: "#pk = :pk AND begins_with(#sk, :effect)",
        ExpressionAttributeNames: { "#pk": RECORDS_TABLE.partitionKey, "#sk": RECORDS_TABLE.sortKey },
        ExpressionAttributeValues: { ":pk": `${KIND}#${jobId}`, ":effect": `${effect}#` },
        ConsistentRead: true,
      }),
    );
    const receipts = storedReceipts.parse(Items).filter(({ at }) => at >= since);
    const [first] = receipts.toSorted((a, b) => a.at - b.at);
    return first === undefined ? undefined : { id: first.messageId, at: first.at };
  }

  async list(jobId: string): Promise<readonly ReportedReceipt[]> {
    const { Items = [] } = await this.#client.send(
      new QueryCommand({
        TableName: this.#table,
        KeyConditionExpression: "#pk = :pk",
        ExpressionAttributeNames: { "#pk": RECORDS_TABLE.partitionKey },
        ExpressionAttributeValues: { ":pk": `${KIND}#${jobId}` },
        ConsistentRead: true,
      }),
    );
    return storedReports
      .parse(Items)
      .map(({ [RECORDS_TABLE.sortKey]: key, ...report }) => ({ jobId, effect: effectOf(key), ...report }))
      .toSorted((a, b) => a.at - b.at);
  }

  /** Stores a report. The same report again overwrites itself. */
  async put({ jobId, effect, messageId, eventType, at }: ReportedReceipt): Promise<void> {
    await this.#client.send(
      new PutCommand({
        TableName: this.#table,
        Item: {
          [RECORDS_TABLE.partitionKey]: `${KIND}#${jobId}`,
          [RECORDS_TABLE.sortKey]: `${effect}#${messageId}#${eventType}`,
          messageId,
          eventType,
          at,
          [RECORDS_TABLE.ttl]: Math.ceil(at / 1000) + COMPANION_RETENTION_DAYS * 24 * 60 * 60,
        },
      }),
    );
  }
}

/** Names of effects hold no `#`. */
const effectOf = (sortKey: string): string => sortKey.slice(0, sortKey.indexOf("#"));
