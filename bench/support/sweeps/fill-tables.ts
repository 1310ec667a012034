import { BatchWriteCommand, type DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

import { RECORDS_TABLE } from "../../../shared/contracts/tables.ts";
import type { GivenRecord } from "../../../testing/fakes.ts";

/** DynamoDB takes so many items in one request. */
const BATCH_SIZE = 25;
const AT_ONCE = 4;

/** Puts records into the table as `DynamoRecordStore` has them, in batches. */
export async function fillTable(documents: DynamoDBDocumentClient, records: Iterable<GivenRecord>): Promise<number> {
  const source = records[Symbol.iterator]();
  let count = 0;
  const write = async () => {
    for (let batch = takeFrom(source); batch.length > 0; batch = takeFrom(source)) {
      count += batch.length;
      const requests = batch.map((record) => ({ PutRequest: { Item: itemOf(record) } }));
      await documents.send(new BatchWriteCommand({ RequestItems: { records: requests } }));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, write));
  return count;
}

function takeFrom(source: Iterator<GivenRecord>): GivenRecord[] {
  const batch: GivenRecord[] = [];
  while (batch.length < BATCH_SIZE) {
    const { done, value } = source.next();
    if (done === true) break;
    batch.push(value);
  }
  return batch;
}

function itemOf({ kind, id, part = "-", body, lists = {} }: GivenRecord): Record<string, unknown> {
  const { partitionKey, sortKey, indexes } = RECORDS_TABLE;
  const places = (["gsi1", "gsi2"] as const).flatMap((index) => {
    const place = lists[index];
    if (place === undefined) return [];
    const names = indexes[index];
    return [
      [names.partitionKey, `${kind}#${place.list}`],
      [names.sortKey, place.at],
    ] as const;
  });
  const keys = { [partitionKey]: `${kind}#${id}`, [sortKey]: part };
  return {
    ...body,
    ...Object.fromEntries(places),
    ...keys,
    version: 1,
    writer: "2f0d6c1e-0000-4000-8000-000000000000",
  };
}
