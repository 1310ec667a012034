import { setTimeout } from "node:timers/promises";

import { ConditionalCheckFailedException, type AttributeValue } from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
  type DynamoDBDocumentClient,
} from "@aws-sdk/lib-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";

import { JOBS_TABLE } from "../contracts/tables.ts";
import type { JobStatus } from "../job/job-state.ts";
import type { EpochMs, Job } from "../job/job.ts";
import type { Transition } from "../job/transitions/transition.ts";
import type { Applied, DueEntry, JobList, JobStore, ListOptions, ListPage, ReadyEntry } from "../ports/job-store.ts";
import { parseDueEntry, parseJobItem, parseListEntry, parseReadyEntry, parseStatus } from "./job-item.ts";
import { keyOfList, pageToken, startKeyOf } from "./job-list-key.ts";
import { renderTransition } from "./transition-expression.ts";

const PAGE_SIZE = 100;
const { due: dueIndex } = JOBS_TABLE.indexes;

/** The jobs table in DynamoDB: one conditional write for each change, no transaction, no scan. */
export class DynamoJobStore implements JobStore {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #onUnreadable: (error: unknown) => void;

  /**
   * @param onUnreadable is told of rows and index entries that this version of Backline cannot read; lists, permits and
   *   bulk operations go on without them. By default they stop there.
   */
  constructor(client: DynamoDBDocumentClient, table: string, onUnreadable: (error: unknown) => void = rethrow) {
    this.#client = client;
    this.#table = table;
    this.#onUnreadable = onUnreadable;
  }

  async create(job: Job): ReturnType<JobStore["create"]> {
    try {
      await this.#client.send(
        new PutCommand({
          TableName: this.#table,
          Item: job,
          // TTL deletes days late: what has expired is gone all the same.
          ConditionExpression: "attribute_not_exists(#id) OR #expiresAt < :now",
          ExpressionAttributeNames: { "#id": JOBS_TABLE.partitionKey, "#expiresAt": JOBS_TABLE.ttl },
          ExpressionAttributeValues: { ":now": Math.floor(job.createdAt / 1000) },
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        }),
      );
      return { isCreated: true };
    } catch (error) {
      const existing = await this.#rowBehind(error, job.id);
      // Refused for a row that is gone now: TTL took it between the two calls. Ask again; it is free.
      return existing === undefined ? this.create(job) : { isCreated: false, existing };
    }
  }

  async apply(jobId: string, transition: Transition): Promise<Applied> {
    try {
      const { Attributes } = await this.#client.send(
        new UpdateCommand({
          TableName: this.#table,
          Key: { [JOBS_TABLE.partitionKey]: jobId },
          ...renderTransition(transition),
          ReturnValues: "ALL_NEW",
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        }),
      );
      return { isApplied: true, job: parseJobItem(Attributes) };
    } catch (error) {
      return { isApplied: false, job: await this.#rowBehind(error, jobId) };
    }
  }

  async get(jobId: string): Promise<Job | undefined> {
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#table, Key: { [JOBS_TABLE.partitionKey]: jobId }, ConsistentRead: true }),
    );
    return Item === undefined ? undefined : parseJobItem(Item);
  }

  async getMany(jobIds: readonly string[]): Promise<readonly Job[]> {
    return this.#readable(await this.#batchGet(jobIds), parseJobItem);
  }

  async statuses(jobIds: readonly string[]): Promise<ReadonlyMap<string, JobStatus>> {
    const items = await this.#batchGet(jobIds, ["id", "status"]);
    return new Map(this.#readable(items, parseStatus));
  }

  /** @param attributes all by default */
  async #batchGet(jobIds: readonly string[], attributes?: readonly string[]): Promise<Record<string, unknown>[]> {
    const items: Record<string, unknown>[] = [];
    const projection = attributes && {
      ProjectionExpression: attributes.map((name) => `#${name}`).join(", "),
      ExpressionAttributeNames: Object.fromEntries(attributes.map((name) => [`#${name}`, name])),
    };
    let retries = 0;
    let asked = [...new Set(jobIds)].map((id) => ({ [JOBS_TABLE.partitionKey]: id }));
    while (asked.length > 0) {
      const { Responses, UnprocessedKeys } = await this.#client.send(
        new BatchGetCommand({ RequestItems: { [this.#table]: { Keys: asked, ConsistentRead: true, ...projection } } }),
      );
      items.push(...(Responses?.[this.#table] ?? []));
      // Over 16 MB, or throttled: DynamoDB says what is left.
      asked = (UnprocessedKeys?.[this.#table]?.Keys ?? []) as typeof asked;
      if (asked.length > 0) await setTimeout(Math.min(1_000, 25 * 2 ** (retries += 1)));
    }
    return items;
  }

  async *due(list: string, now: EpochMs): AsyncGenerator<readonly DueEntry[]> {
    let startKey: Record<string, unknown> | undefined;
    do {
      const page = await this.#client.send(
        new QueryCommand({
          TableName: this.#table,
          IndexName: dueIndex.name,
          KeyConditionExpression: "#list = :list AND #dueAt <= :now",
          ExpressionAttributeNames: { "#list": dueIndex.partitionKey, "#dueAt": dueIndex.sortKey },
          ExpressionAttributeValues: { ":list": list, ":now": now },
          Limit: PAGE_SIZE,
          ExclusiveStartKey: startKey,
        }),
      );
      const entries = this.#readable(page.Items ?? [], parseDueEntry);
      if (entries.length > 0) yield entries;
      startKey = page.LastEvaluatedKey;
    } while (startKey !== undefined);
  }

  async ready(type: string, limit: number, prefix = ""): Promise<readonly ReadyEntry[]> {
    const { name, partitionKey, sortKey } = JOBS_TABLE.indexes.ready;
    const { Items = [] } = await this.#client.send(
      new QueryCommand({
        TableName: this.#table,
        IndexName: name,
        KeyConditionExpression: `#list = :list${prefix === "" ? "" : " AND begins_with(#key, :prefix)"}`,
        ExpressionAttributeNames: { "#list": partitionKey, ...(prefix !== "" && { "#key": sortKey }) },
        ExpressionAttributeValues: { ":list": type, ...(prefix !== "" && { ":prefix": prefix }) },
        Limit: limit,
      }),
    );
    return this.#readable(Items, parseReadyEntry);
  }

  async openChildren(parentId: string, limit: number): Promise<readonly string[]> {
    const { name, partitionKey } = JOBS_TABLE.indexes.children;
    const { Items = [] } = await this.#client.send(
      new QueryCommand({
        TableName: this.#table,
        IndexName: name,
        KeyConditionExpression: "#parent = :parent",
        ExpressionAttributeNames: { "#parent": partitionKey },
        ExpressionAttributeValues: { ":parent": parentId },
        Limit: limit,
      }),
    );
    return Items.map((item) => String(item[JOBS_TABLE.partitionKey]));
  }

  async list(list: JobList, options: ListOptions, now: EpochMs): Promise<ListPage> {
    const { index, partition } = keyOfList(list);
    const { name, partitionKey, sortKey } = JOBS_TABLE.indexes[index];
    const { from = 0, until = Number.MAX_SAFE_INTEGER, limit, after } = options;
    if (from > until) return { entries: [] }; // DynamoDB would refuse the question
    const isExpiring = index === "ended";
    const { Items = [], LastEvaluatedKey } = await this.#client.send(
      new QueryCommand({
        TableName: this.#table,
        IndexName: name,
        KeyConditionExpression: "#list = :list AND #at BETWEEN :from AND :until",
        ...(isExpiring && { FilterExpression: "#expiresAt > :now" }),
        ExpressionAttributeNames: {
          "#list": partitionKey,
          "#at": sortKey,
          ...(isExpiring && { "#expiresAt": JOBS_TABLE.ttl }),
        },
        ExpressionAttributeValues: {
          ":list": partition,
          ":from": from,
          ":until": until,
          ...(isExpiring && { ":now": Math.floor(now / 1000) }),
        },
        Limit: limit,
        ScanIndexForward: options.isNewestFirst !== true,
        ExclusiveStartKey: after === undefined ? undefined : startKeyOf(list, after, { from, until }),
      }),
    );
    const entries = this.#readable(Items, (item) => parseListEntry(item, sortKey));
    return LastEvaluatedKey === undefined ? { entries } : { entries, next: pageToken(list, LastEvaluatedKey) };
  }

  /** One odd item must not keep all others waiting. */
  #readable<Item, Parsed>(items: readonly Item[], parse: (item: Item) => Parsed): Parsed[] {
    return items.flatMap((item) => {
      try {
        return [parse(item)];
      } catch (error) {
        this.#onUnreadable(error);
        return [];
      }
    });
  }

  /** The row that made a condition fail; any other error is thrown on. */
  async #rowBehind(error: unknown, jobId: string): Promise<Job | undefined> {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    // DynamoDB returns the old item with the error; some emulators do not.
    const item: Record<string, AttributeValue> | undefined = error.Item;
    return item === undefined ? this.get(jobId) : parseJobItem(unmarshall(item));
  }
}

function rethrow(error: unknown): never {
  throw error;
}
