import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { GetCommand, PutCommand, QueryCommand, type DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";

import { RECORDS_TABLE } from "../contracts/tables.ts";
import type { EpochMs } from "../job/job.ts";
import type {
  LedgerEntry,
  ScheduleCursors,
  ScheduleLedger,
  ScheduleSlot,
  Versioned,
} from "../ports/schedule-ledger.ts";
import type { RecordKey } from "../ports/record-store.ts";
import { DynamoRecordStore } from "./dynamo-record-store.ts";

const KIND = "schedule";
const slotKey = (schedule: string): RecordKey => ({ kind: KIND, id: schedule, part: "slot" });
/** No schedule is called so: names hold no underscores. */
const CURSORS_KEY: RecordKey = { kind: KIND, id: "_cursors" };
/** A year's occurrences can be looked up, and a month more. */
const LEDGER_RETENTION_DAYS = 400;

const ledgerEntry = z.object({
  schedule: z.string(),
  at: z.number(),
  decision: z.enum(["run", "skipped", "missed", "queued"]),
  decidedAt: z.number(),
  source: z.enum(["tick", "catch_up"]),
  jobId: z.string().optional(),
  reason: z.string().optional(),
});
const slotRecord = z.object({ slot: z.object({ at: z.number(), jobId: z.string(), takenAt: z.number() }) });
const cursorsRecord = z.object({
  cursors: z.record(
    z.string(),
    z.object({
      until: z.number(),
      expression: z.string(),
      asked: z.object({ times: z.number(), askAgainAt: z.number(), upTo: z.number() }).optional(),
    }),
  ),
});

/** The schedule ledger in the records table: `schedule#<name>` with one item an occurrence, and one for the slot. */
export class DynamoScheduleLedger implements ScheduleLedger {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #records: DynamoRecordStore;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
    this.#records = new DynamoRecordStore(client, table);
  }

  async get(schedule: string, at: EpochMs): Promise<LedgerEntry | undefined> {
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#table, Key: itemKey(schedule, at), ConsistentRead: true }),
    );
    return Item === undefined ? undefined : toEntry(Item);
  }

  async decide(entry: LedgerEntry): Promise<LedgerEntry> {
    const expiresAt = Math.ceil(entry.at / 1000) + LEDGER_RETENTION_DAYS * 24 * 60 * 60;
    try {
      await this.#client.send(
        new PutCommand({
          TableName: this.#table,
          Item: { ...entry, [RECORDS_TABLE.ttl]: expiresAt, ...itemKey(entry.schedule, entry.at) },
          ConditionExpression: "attribute_not_exists(#pk) OR #decision = :queued",
          ExpressionAttributeNames: { "#pk": RECORDS_TABLE.partitionKey, "#decision": "decision" },
          ExpressionAttributeValues: { ":queued": "queued" },
        }),
      );
      return entry;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      // Another delivery of the tick was quicker, or the answer to this very put was lost. Either way that one stands.
      return (await this.get(entry.schedule, entry.at)) ?? this.decide(entry);
    }
  }

  async list(
    schedule: string,
    { from, until, limit }: Parameters<ScheduleLedger["list"]>[1],
  ): Promise<readonly LedgerEntry[]> {
    const { Items = [] } = await this.#client.send(
      new QueryCommand({
        TableName: this.#table,
        KeyConditionExpression: "#pk = :pk AND #sk BETWEEN :from AND :until",
        ExpressionAttributeNames: { "#pk": RECORDS_TABLE.partitionKey, "#sk": RECORDS_TABLE.sortKey },
        ExpressionAttributeValues: {
          ":pk": `${KIND}#${schedule}`,
          ":from": sortKeyOf(from),
          ":until": sortKeyOf(until),
        },
        ConsistentRead: true,
        Limit: limit,
      }),
    );
    return Items.map(toEntry);
  }

  async slot(schedule: string): Promise<Versioned<ScheduleSlot | undefined>> {
    const record = await this.#records.get(slotKey(schedule));
    if (record === undefined) return { value: undefined, version: 0 };
    return { value: slotRecord.parse(record.body).slot, version: record.version };
  }

  takeSlot(schedule: string, slot: ScheduleSlot, version: number): Promise<boolean> {
    return this.#write(slotKey(schedule), { slot }, version);
  }

  async cursors(): Promise<Versioned<ScheduleCursors>> {
    const record = await this.#records.get(CURSORS_KEY);
    if (record === undefined) return { value: {}, version: 0 };
    const { cursors } = cursorsRecord.parse(record.body);
    // zod's optional properties may be `undefined`, which items read from DynamoDB never are.
    return { value: cursors as ScheduleCursors, version: record.version };
  }

  saveCursors(cursors: ScheduleCursors, version: number): Promise<boolean> {
    return this.#write(CURSORS_KEY, { cursors }, version);
  }

  async #write(key: RecordKey, body: object, version: number): Promise<boolean> {
    return version === 0
      ? (await this.#records.create(key, body)).isCreated
      : this.#records.replace(key, version, body);
  }
}

const itemKey = (schedule: string, at: EpochMs): Record<string, string> => ({
  [RECORDS_TABLE.partitionKey]: `${KIND}#${schedule}`,
  [RECORDS_TABLE.sortKey]: sortKeyOf(at),
});

/** Times sort as texts of one length; the slot's key sorts after all of them. */
const sortKeyOf = (at: EpochMs): string => new Date(Math.min(Math.max(at, 0), 253_402_300_799_999)).toISOString();

function toEntry(item: unknown): LedgerEntry {
  return ledgerEntry.parse(item) as LedgerEntry; // zod's optional properties may be `undefined`; items' are absent then
}
