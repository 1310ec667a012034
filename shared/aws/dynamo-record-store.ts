import { randomUUID } from "node:crypto";

import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import {
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  type DynamoDBDocumentClient,
  type QueryCommandOutput,
} from "@aws-sdk/lib-dynamodb";

import { RECORDS_TABLE } from "../contracts/tables.ts";
import type { ListIndexName, ListPlace, RecordLists } from "../job/record-lists.ts";
import type {
  EntryOptions,
  ListedRecord,
  ListEntry,
  ListOptions,
  RecordKey,
  RecordList,
  RecordStore,
  VersionedRecord,
} from "../ports/record-store.ts";

/**
 * Business records in DynamoDB: `pk` is `<kind>#<id>`, the record's own properties stand beside the keys. `writer` names the
 * one call that wrote a record, so that it knows its own write again after a lost answer.
 */
export class DynamoRecordStore implements RecordStore {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async get(key: RecordKey): Promise<VersionedRecord | undefined> {
    const item = await this.#item(key);
    return item === undefined ? undefined : recordOf(item);
  }

  async list({ kind, id }: Omit<RecordKey, "part">, options: ListOptions = {}): Promise<readonly ListedRecord[]> {
    const { prefix = "", after = "", limit = 100 } = options;
    const isBehindAll = compareBytes(after, prefix) > 0 && !after.startsWith(prefix);
    if (isBehindAll) return [];
    const found: ListedRecord[] = [];
    // A key need not be there to start behind it, but must lie within the query: `after` may stand before the prefix.
    let next = after !== "" && after.startsWith(prefix) ? itemKey({ kind, id, part: after }) : undefined;
    do {
      const page: QueryCommandOutput = await this.#client.send(
        new QueryCommand({
          ...partsOf(`${kind}#${id}`, prefix),
          TableName: this.#table,
          ConsistentRead: true,
          Limit: limit - found.length,
          ...(next !== undefined && { ExclusiveStartKey: next }),
        }),
      );
      found.push(
        ...(page.Items ?? []).map((item) => ({ part: String(item[RECORDS_TABLE.sortKey]), ...recordOf(item) })),
      );
      next = page.LastEvaluatedKey; // a page of DynamoDB's ends at 1 MB, too
    } while (next !== undefined && found.length < limit);
    return found;
  }

  async entries(list: RecordList, options: EntryOptions = {}): Promise<readonly ListEntry[]> {
    const { from = EARLIEST, to = LATEST, limit = 100, after } = options;
    const { name, partitionKey, sortKey } = RECORDS_TABLE.indexes[list.index];
    if (from > to || (after !== undefined && after.at > to)) return [];
    // By key: of a record that moves within the list, the index may show both places for a moment.
    const found = new Map<string, ListEntry>();
    // DynamoDB refuses a start that lies outside of the bounds.
    let next = after && after.at >= from ? startKeyOf(list, after) : undefined;
    do {
      const page: QueryCommandOutput = await this.#client.send(
        new QueryCommand({
          TableName: this.#table,
          IndexName: name,
          KeyConditionExpression: "#list = :list AND #at BETWEEN :from AND :to",
          ExpressionAttributeNames: { "#list": partitionKey, "#at": sortKey },
          ExpressionAttributeValues: { ":list": `${list.kind}#${list.list}`, ":from": from, ":to": to },
          Limit: limit - found.size,
          ...(next !== undefined && { ExclusiveStartKey: next }),
        }),
      );
      for (const entry of (page.Items ?? []).map((item) => entryOf(list, item))) {
        const key = JSON.stringify([entry.id, entry.part]);
        if (!found.has(key)) found.set(key, entry);
      }
      next = page.LastEvaluatedKey;
    } while (next !== undefined && found.size < limit);
    return [...found.values()];
  }

  async create(key: RecordKey, body: object, lists: RecordLists = {}): ReturnType<RecordStore["create"]> {
    const writer = randomUUID();
    const item = { ...body, ...placesOf(key.kind, lists), version: 1, writer };
    const isPut = await this.#put(key, item, "attribute_not_exists(#pk)");
    if (isPut) return { isCreated: true, record: { body: { ...body }, version: 1 } };
    const existing = await this.#item(key);
    // Gone again between the two calls (TTL, or removed): it is free.
    if (existing === undefined) return this.create(key, body, lists);
    return { isCreated: existing["writer"] === writer, record: recordOf(existing) };
  }

  async replace(key: RecordKey, version: number, body: object, lists: RecordLists = {}): Promise<boolean> {
    const writer = randomUUID();
    const item = { ...body, ...placesOf(key.kind, lists), version: version + 1, writer };
    const isPut = await this.#put(key, item, "#version = :version", version);
    // Refused, yet it is mine: the answer was lost and the client asked again.
    return isPut || (await this.#item(key))?.["writer"] === writer;
  }

  async remove(key: RecordKey, version: number): Promise<boolean> {
    try {
      await this.#client.send(
        new DeleteCommand({
          TableName: this.#table,
          Key: itemKey(key),
          // Absent: an earlier try has deleted it, and its answer was lost.
          ConditionExpression: "#version = :version OR attribute_not_exists(#version)",
          ExpressionAttributeNames: { "#version": "version" },
          ExpressionAttributeValues: { ":version": version },
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  async #item(key: RecordKey): Promise<Record<string, unknown> | undefined> {
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#table, Key: itemKey(key), ConsistentRead: true }),
    );
    return Item;
  }

  async #put(key: RecordKey, attributes: object, condition: string, version?: number): Promise<boolean> {
    try {
      await this.#client.send(
        new PutCommand({
          TableName: this.#table,
          Item: { ...attributes, ...itemKey(key) },
          ConditionExpression: condition,
          ...(version === undefined
            ? { ExpressionAttributeNames: { "#pk": RECORDS_TABLE.partitionKey } }
            : {
                ExpressionAttributeNames: { "#version": "version" },
                ExpressionAttributeValues: { ":version": version },
              }),
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }
}

/** Any time that a place may have, as JavaScript's dates have them. */
const LATEST = 8_640_000_000_000_000;
const EARLIEST = -LATEST;

/** The attributes that put a record into one list. */
function placeKey(index: ListIndexName, kind: string, { list, at }: ListPlace): Record<string, string | number> {
  const { partitionKey, sortKey } = RECORDS_TABLE.indexes[index];
  return { [partitionKey]: `${kind}#${list}`, [sortKey]: at };
}

/** What a page of a list begins behind; the entry need not be there any more. */
const startKeyOf = ({ kind, index, list }: RecordList, { at, ...key }: ListEntry): Record<string, string | number> => ({
  ...itemKey({ kind, ...key }),
  ...placeKey(index, kind, { list, at }),
});

const placesOf = (kind: string, { gsi1, gsi2 }: RecordLists): Record<string, string | number> => ({
  ...(gsi1 && placeKey("gsi1", kind, gsi1)),
  ...(gsi2 && placeKey("gsi2", kind, gsi2)),
});

function entryOf({ index }: RecordList, item: Record<string, unknown>): ListEntry {
  const pk = String(item[RECORDS_TABLE.partitionKey]);
  return {
    id: pk.slice(pk.indexOf("#") + 1),
    part: String(item[RECORDS_TABLE.sortKey]),
    at: Number(item[RECORDS_TABLE.indexes[index].sortKey]),
  };
}

function itemKey({ kind, id, part = "-" }: RecordKey): Record<string, string> {
  return { [RECORDS_TABLE.partitionKey]: `${kind}#${id}`, [RECORDS_TABLE.sortKey]: part };
}

/** Neither BETWEEN nor a comparison: the emulator compares JavaScript's way there, DynamoDB by bytes. */
function partsOf(pk: string, prefix: string) {
  const { partitionKey, sortKey } = RECORDS_TABLE;
  if (prefix === "") {
    return {
      KeyConditionExpression: "#pk = :pk",
      ExpressionAttributeNames: { "#pk": partitionKey },
      ExpressionAttributeValues: { ":pk": pk },
    };
  }
  return {
    KeyConditionExpression: "#pk = :pk AND begins_with(#sk, :prefix)",
    ExpressionAttributeNames: { "#pk": partitionKey, "#sk": sortKey },
    ExpressionAttributeValues: { ":pk": pk, ":prefix": prefix },
  };
}

const compareBytes = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other));

/** Attributes that are not the record's own. */
const { gsi1, gsi2 } = RECORDS_TABLE.indexes;
const PLACES = new Set<string>([gsi1.partitionKey, gsi1.sortKey, gsi2.partitionKey, gsi2.sortKey]);

function recordOf(item: Record<string, unknown>): VersionedRecord {
  const { [RECORDS_TABLE.partitionKey]: _pk, [RECORDS_TABLE.sortKey]: _sk, version, writer: _writer, ...rest } = item;
  const body = Object.fromEntries(Object.entries(rest).filter(([name]) => !PLACES.has(name)));
  return { body, version: Number(version) };
}
