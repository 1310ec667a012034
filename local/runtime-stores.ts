import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

import { DynamoJobStore } from "../shared/aws/dynamo-job-store.ts";
import { DynamoRecordStore } from "../shared/aws/dynamo-record-store.ts";
import { S3FileStore } from "../shared/aws/s3-file-store.ts";
import type { RuntimeInfo } from "./runtime-info.ts";

/** The stores of a running stack, as a program outside would open them: with what `npm start -- --json` prints. */
export function openStores({ endpoints, region, credentials, tables, buckets }: RuntimeInfo) {
  const at = (endpoint: string) => ({ endpoint, region, credentials });
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient(at(endpoints.dynamodb)), {
    marshallOptions: { removeUndefinedValues: true },
  });
  const s3 = new S3Client(at(endpoints.s3));
  return {
    jobs: new DynamoJobStore(documents, nameOf(tables, "jobs")),
    records: new DynamoRecordStore(documents, nameOf(tables, "records")),
    files: new S3FileStore(s3, (bucket) => nameOf(buckets, bucket)),
    documents,
    s3,
    sqs: new SQSClient(at(endpoints.sqs)),
  };
}

function nameOf(names: Readonly<Record<string, string>>, purpose: string): string {
  const name = names[purpose];
  if (name === undefined) throw new Error(`The template declares nothing for "${purpose}".`);
  return name;
}
