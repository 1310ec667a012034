import { ConditionalCheckFailedException, type AttributeValue } from "@aws-sdk/client-dynamodb";
import {
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
  type DynamoDBDocumentClient,
} from "@aws-sdk/lib-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";

import { JOBS_TABLE } from "../contracts/tables.ts";
import type { EpochMs, Job } from "../job/job.ts";
import type { Transition } from "../job/transitions/transition.ts";
import type { Applied, DueEntry, JobStore } from "../ports/job-store.ts";
import { parseJobItem } from "./job-item.ts";
import { renderTransition } from "./transition-expression.ts";

const PAGE_SIZE = 100;
const { dueIndex } = JOBS_TABLE;

/** The jobs table in DynamoDB: one conditional write for each change, no transaction, no scan. */
export class DynamoJobStore implements JobStore {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async create(job: Job): ReturnType<JobStore["create"]> {
    try {
      await this.#client.send(
        new PutCommand({
          TableName: this.#table,
          Item: job,
          ConditionExpression: "attribute_not_exists(#id)",
          ExpressionAttributeNames: { "#id": JOBS_TABLE.partitionKey },
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

  async *due(shard: string, now: EpochMs): AsyncGenerator<readonly DueEntry[]> {
    let startKey: Record<string, unknown> | undefined;
    do {
      const page = await this.#client.send(
        new QueryCommand({
          ...this.#shardQuery(shard),
          KeyConditionExpression: "#shard = :shard AND #dueAt <= :now",
          ExpressionAttributeNames: { "#shard": dueIndex.partitionKey, "#dueAt": dueIndex.sortKey },
          ExpressionAttributeValues: { ":shard": shard, ":now": now },
          Limit: PAGE_SIZE,
          ExclusiveStartKey: startKey,
        }),
      );
      // The index projects what a DueEntry holds (contracts/tables).
      if (page.Items !== undefined && page.Items.length > 0) yield page.Items as unknown as DueEntry[];
      startKey = page.LastEvaluatedKey;
    } while (startKey !== undefined);
  }

  async countShard(shard: string): Promise<number> {
    let count = 0;
    let startKey: Record<string, unknown> | undefined;
    do {
      const page = await this.#client.send(
        new QueryCommand({ ...this.#shardQuery(shard), Select: "COUNT", ExclusiveStartKey: startKey }),
      );
      count += page.Count ?? 0;
      startKey = page.LastEvaluatedKey;
    } while (startKey !== undefined);
    return count;
  }

  #shardQuery(shard: string) {
    return {
      TableName: this.#table,
      IndexName: dueIndex.name,
      KeyConditionExpression: "#shard = :shard",
      ExpressionAttributeNames: { "#shard": dueIndex.partitionKey },
      ExpressionAttributeValues: { ":shard": shard } as Record<string, unknown>,
    };
  }

  /** The row that made a condition fail; any other error is thrown on. */
  async #rowBehind(error: unknown, jobId: string): Promise<Job | undefined> {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    // DynamoDB returns the old item with the error; some emulators do not.
    const item: Record<string, AttributeValue> | undefined = error.Item;
    return item === undefined ? this.get(jobId) : parseJobItem(unmarshall(item));
  }
}
