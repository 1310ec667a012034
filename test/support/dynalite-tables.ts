import { once } from "node:events";
import type { AddressInfo } from "node:net";

import { CreateTableCommand, DynamoDBClient, type CreateTableCommandInput } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import dynalite from "dynalite";

import { JOBS_TABLE, RECORDS_TABLE } from "../../shared/contracts/tables.ts";

const indexes = Object.values(JOBS_TABLE.indexes);
const sortKeys = new Map<string, "N" | "S">(indexes.map(({ sortKey, sortKeyType }) => [sortKey, sortKeyType]));

const jobsTable: CreateTableCommandInput = {
  TableName: "jobs",
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [
    { AttributeName: JOBS_TABLE.partitionKey, AttributeType: "S" },
    ...indexes.map(({ partitionKey }) => ({ AttributeName: partitionKey, AttributeType: "S" as const })),
    ...[...sortKeys].map(([name, type]) => ({ AttributeName: name, AttributeType: type })),
  ],
  KeySchema: [{ AttributeName: JOBS_TABLE.partitionKey, KeyType: "HASH" }],
  GlobalSecondaryIndexes: indexes.map(({ name, partitionKey, sortKey, projected }) => ({
    IndexName: name,
    KeySchema: [
      { AttributeName: partitionKey, KeyType: "HASH" },
      { AttributeName: sortKey, KeyType: "RANGE" },
    ],
    Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: [...projected] },
  })),
};

const recordIndexes = Object.values(RECORDS_TABLE.indexes);

const recordsTable: CreateTableCommandInput = {
  TableName: "records",
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [
    { AttributeName: RECORDS_TABLE.partitionKey, AttributeType: "S" },
    { AttributeName: RECORDS_TABLE.sortKey, AttributeType: "S" },
    ...recordIndexes.flatMap(({ partitionKey, sortKey }) => [
      { AttributeName: partitionKey, AttributeType: "S" as const },
      { AttributeName: sortKey, AttributeType: "N" as const },
    ]),
  ],
  KeySchema: [
    { AttributeName: RECORDS_TABLE.partitionKey, KeyType: "HASH" },
    { AttributeName: RECORDS_TABLE.sortKey, KeyType: "RANGE" },
  ],
  GlobalSecondaryIndexes: recordIndexes.map(({ name, partitionKey, sortKey }) => ({
    IndexName: name,
    KeySchema: [
      { AttributeName: partitionKey, KeyType: "HASH" },
      { AttributeName: sortKey, KeyType: "RANGE" },
    ],
    Projection: { ProjectionType: "KEYS_ONLY" },
  })),
};

/** The two tables in an emulator of their own, with their real keys and index. Close it when done. */
export async function openDynaliteTables() {
  const server = dynalite({ createTableMs: 0 });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // a TCP server's address is an object
  const endpoint = `http://127.0.0.1:${port}`;
  const client = new DynamoDBClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  for (const table of [jobsTable, recordsTable]) await client.send(new CreateTableCommand(table));
  return {
    /** For other processes; any region and credentials do. */
    endpoint,
    documents: DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } }),
    close: async () => {
      client.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
