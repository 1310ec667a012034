import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateQueueCommand, type QueueAttributeName, SQSClient } from "@aws-sdk/client-sqs";

import { LOCAL_REGION } from "../template/intrinsics.ts";
import type { Installation } from "../template/installation.ts";
import type { PropertiesOf } from "../template/resources.ts";
import { LOOPBACK } from "../listener.ts";
import type { Emulators, Upstream } from "./emulators.ts";

/** Creates the tables, queues and buckets that the template declares, and nothing else, straight in the emulators. */
export async function provision(emulators: Emulators, installation: Installation): Promise<void> {
  await Promise.all([
    createTables(emulators.dynamodb, installation),
    createQueues(emulators.fauxqs, installation),
    createBuckets(emulators.fauxqs, installation),
  ]);
}

const clientOptions = ({ port }: Upstream) => ({
  endpoint: `http://${LOOPBACK}:${port}`,
  region: LOCAL_REGION,
  credentials: { accessKeyId: "provision", secretAccessKey: "provision" },
});

async function createTables(upstream: Upstream, { tables }: Installation): Promise<void> {
  const client = new DynamoDBClient(clientOptions(upstream));
  const creations = tables.map(({ name, properties }) =>
    client.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: "PAY_PER_REQUEST",
        KeySchema: properties.KeySchema,
        AttributeDefinitions: properties.AttributeDefinitions,
        ...(properties.GlobalSecondaryIndexes === undefined
          ? {}
          : { GlobalSecondaryIndexes: properties.GlobalSecondaryIndexes.map(withoutAbsent) }),
      }),
    ),
  );
  await Promise.all(creations).finally(() => client.destroy());
}

type Index = NonNullable<PropertiesOf<"AWS::DynamoDB::Table">["GlobalSecondaryIndexes"]>[number];

/** The SDK's types tell an absent property from an undefined one. */
function withoutAbsent({ Projection: { NonKeyAttributes, ...projection }, ...index }: Index) {
  return { ...index, Projection: NonKeyAttributes === undefined ? projection : { ...projection, NonKeyAttributes } };
}

async function createQueues(upstream: Upstream, { queues }: Installation): Promise<void> {
  const client = new SQSClient(clientOptions(upstream));
  const creations = queues.map(({ name, properties }) =>
    client.send(new CreateQueueCommand({ QueueName: name, Attributes: queueAttributes(properties) })),
  );
  await Promise.all(creations).finally(() => client.destroy());
}

/** SQS takes every attribute as a string, policies as JSON. */
function queueAttributes(properties: PropertiesOf<"AWS::SQS::Queue">): Partial<Record<QueueAttributeName, string>> {
  const attributes = Object.entries(properties).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    attributes.map(([name, value]) => [name, typeof value === "object" ? JSON.stringify(value) : String(value)]),
  );
}

async function createBuckets(upstream: Upstream, { buckets }: Installation): Promise<void> {
  const client = new S3Client({ ...clientOptions(upstream), forcePathStyle: true });
  await Promise.all(buckets.map(({ name }) => client.send(new CreateBucketCommand({ Bucket: name })))).finally(() =>
    client.destroy(),
  );
}
