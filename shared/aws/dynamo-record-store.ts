import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { GetCommand, PutCommand, type DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

import { RECORDS_TABLE } from "../contracts/tables.ts";
import type { RecordKey, RecordStore, VersionedRecord } from "../ports/record-store.ts";

/** Business records in DynamoDB: `pk` is `<kind>#<id>`, the record's own properties stand beside the keys. */
export class DynamoRecordStore implements RecordStore {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async get(key: RecordKey): Promise<VersionedRecord | undefined> {
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#table, Key: itemKey(key), ConsistentRead: true }),
    );
    return Item === undefined ? undefined : recordOf(Item);
  }

  async create(key: RecordKey, body: object): ReturnType<RecordStore["create"]> {
    const isCreated = await this.#put(key, { ...body, version: 1 }, "attribute_not_exists(#pk)");
    if (isCreated) return { isCreated, record: { body: { ...body }, version: 1 } };
    const record = await this.get(key);
    return record === undefined ? this.create(key, body) : { isCreated, record };
  }

  async replace(key: RecordKey, version: number, body: object): Promise<boolean> {
    return this.#put(key, { ...body, version: version + 1 }, "#version = :version", version);
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

function recordOf(item: Record<string, unknown>): VersionedRecord {
  const { [RECORDS_TABLE.partitionKey]: _pk, [RECORDS_TABLE.sortKey]: _sk, version, ...body } = item;
  return { body, version: Number(version) };
}
