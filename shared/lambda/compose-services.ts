import { s3Client, sesClient } from "../aws/clients.ts";
import { DynamoReceiptStore } from "../aws/dynamo-receipt-store.ts";
import { DynamoRecordStore } from "../aws/dynamo-record-store.ts";
import { S3FileStore, S3ValueStore } from "../aws/s3-file-store.ts";
import { SesMailer } from "../aws/ses-mailer.ts";
import { bucketVariable, type BucketName } from "../contracts/buckets.ts";
import type { FileStore } from "../ports/file-store.ts";
import type { Mailer } from "../ports/mailer.ts";
import type { ReceiptStore } from "../ports/receipt-store.ts";
import type { RecordStore } from "../ports/record-store.ts";
import type { ValueStore } from "../ports/value-store.ts";
import type { Engine } from "./compose-engine.ts";

/** What a handler may use besides its job. A function's role decides what of it works: see `needs` in its definition. */
export interface Services {
  readonly files: FileStore;
  readonly mailer: Mailer;
  readonly records: RecordStore;
  readonly receipts: ReceiptStore;
}

/** The services of a job function, and where its large step results lie. */
export function composeServices(
  { environment, clientSettings, dynamo }: Engine,
  variables: NodeJS.ProcessEnv,
): { readonly services: Services; readonly values: ValueStore } {
  const files = new S3FileStore(s3Client(clientSettings), (bucket) => bucketName(variables, bucket));
  const services = {
    files,
    mailer: new SesMailer(sesClient(clientSettings), environment.SES_CONFIGURATION_SET ?? ""),
    records: new DynamoRecordStore(dynamo, environment.RECORDS_TABLE),
    receipts: new DynamoReceiptStore(dynamo, environment.RECORDS_TABLE),
  };
  return { services, values: new S3ValueStore(files) };
}

function bucketName(variables: NodeJS.ProcessEnv, bucket: BucketName): string {
  const name = variables[bucketVariable(bucket)];
  if (name !== undefined) return name;
  throw new Error(`This function has no access to the bucket "${bucket}". Add it to \`needs.files\` of its job type.`);
}
