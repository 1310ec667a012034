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

const KIND = "schedule";
const SLOT = "slot";
/** No schedule is called so: names hold no underscores. */
const CURSORS = "_cursors";
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
const versionedSlot = z.object({
  version: z.number(),
  slot: z.object({ at: z.number(), jobId: z.string(), takenAt: z.number() }),
});
const versionedCursors = z.object({
  version: z.number(),
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

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async get(schedule: string, at: EpochMs): Promise<LedgerEntry | undefined> {
    const item = await this.#item(schedule, sortKeyOf(at));
    return item === undefined ? undefined : toEntry(item);
  }

  async decide(entry: LedgerEntry): Promise<LedgerEntry> {
    const expiresAt = Math.ceil(entry.at / 1000) + LEDGER_RETENTION_DAYS * 24 * 60 * 60;
    const isMine = await this.#put(
      entry.schedule,
      sortKeyOf(entry.at),
      { ...entry, [RECORDS_TABLE.ttl]: expiresAt },
      {
        ConditionExpression: "attribute_not_exists(#pk) OR #decision = :queued",
        ExpressionAttributeNames: { "#pk": RECORDS_TABLE.partitionKey, "#decision": "decision" },
        ExpressionAttributeValues: { ":queued": "queued" },
      },
    );
    // Refused: another delivery of the tick was quicker, or the answer to this very put was lost. Either way it stands.
    return isMine ? entry : ((await this.get(entry.schedule, entry.at)) ?? this.decide(entry));
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
    const item = await this.#item(schedule, SLOT);
    if (item === undefined) return { value: undefined, version: 0 };
    const { slot, version } = versionedSlot.parse(item);
    return { value: slot, version };
  }

  takeSlot(schedule: string, slot: ScheduleSlot, version: number): Promise<boolean> {
    return this.#replace(schedule, SLOT, { slot }, version);
  }

  async cursors(): Promise<Versioned<ScheduleCursors>> {
    const item = await this.#item(CURSORS, "-");
    if (item === undefined) return { value: {}, version: 0 };
    const { cursors, version } = versionedCursors.parse(item);
    // zod's optional properties may be `undefined`, which items read from DynamoDB never are.
    return { value: cursors as ScheduleCursors, version };
  }

  saveCursors(cursors: ScheduleCursors, version: number): Promise<boolean> {
    return this.#replace(CURSORS, "-", { cursors }, version);
  }

  /** A write that a lost answer made twice is refused the second time: its caller reads again, and finds its own. */
  #replace(name: string, part: string, attributes: object, version: number): Promise<boolean> {
    const isFirst = version === 0;
    return this.#put(
      name,
      part,
      { ...attributes, version: version + 1 },
      {
        ConditionExpression: isFirst ? "attribute_not_exists(#pk)" : "#version = :version",
        ExpressionAttributeNames: isFirst ? { "#pk": RECORDS_TABLE.partitionKey } : { "#version": "version" },
        ...(!isFirst && { ExpressionAttributeValues: { ":version": version } }),
      },
    );
  }

  async #put(name: string, part: string, attributes: object, condition: object): Promise<boolean> {
    const Item = { ...attributes, ...itemKey(name, part) };
    try {
      await this.#client.send(new PutCommand({ TableName: this.#table, Item, ...condition }));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  async #item(name: string, part: string): Promise<Record<string, unknown> | undefined> {
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#table, Key: itemKey(name, part), ConsistentRead: true }),
    );
    return Item;
  }
}

const itemKey = (name: string, part: string): Record<string, string> => ({
  [RECORDS_TABLE.partitionKey]: `${KIND}#${name}`,
  [RECORDS_TABLE.sortKey]: part,
});

/** Times sort as texts of one length; the slot's key sorts after all of them. */
const sortKeyOf = (at: EpochMs): string => new Date(Math.min(Math.max(at, 0), 253_402_300_799_999)).toISOString();

function toEntry(item: unknown): LedgerEntry {
  return ledgerEntry.parse(item) as LedgerEntry; // zod's optional properties may be `undefined`; items' are absent then
}
