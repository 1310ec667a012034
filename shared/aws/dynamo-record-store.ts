import { randomUUID } from "node:crypto";

import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import {
  GetCommand,
  PutCommand,
  QueryCommand,
  type DynamoDBDocumentClient,
  type QueryCommandOutput,
} from "@aws-sdk/lib-dynamodb";

import { RECORDS_TABLE } from "../contracts/tables.ts";
import type { ListedRecord, ListOptions, RecordKey, RecordStore, VersionedRecord } from "../ports/record-store.ts";

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

  async create(key: RecordKey, body: object): ReturnType<RecordStore["create"]> {
    const writer = randomUUID();
    const isPut = await this.#put(key, { ...body, version: 1, writer }, "attribute_not_exists(#pk)");
    if (isPut) return { isCreated: true, record: { body: { ...body }, version: 1 } };
    const item = await this.#item(key);
    // Gone again between the two calls (TTL): it is free.
    if (item === undefined) return this.create(key, body);
    return { isCreated: item["writer"] === writer, record: recordOf(item) };
  }

  async replace(key: RecordKey, version: number, body: object): Promise<boolean> {
    const writer = randomUUID();
    const isPut = await this.#put(key, { ...body, version: version + 1, writer }, "#version = :version", version);
    // Refused, yet it is mine: the answer was lost and the client asked again.
    return isPut || (await this.#item(key))?.["writer"] === writer;
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

function recordOf(item: Record<string, unknown>): VersionedRecord {
  const { [RECORDS_TABLE.partitionKey]: _pk, [RECORDS_TABLE.sortKey]: _sk, version, writer: _writer, ...body } = item;
  return { body, version: Number(version) };
}
