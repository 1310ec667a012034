import { BUCKETS, bucketVariable } from "../shared/contracts/buckets.ts";
import { type Credentials, DEVELOPER_CREDENTIALS } from "./front/callers.ts";
import type { LocalSecrets } from "./front/services/secrets.ts";
import { queueUrl } from "./front/services/sqs.ts";
import type { Installation } from "./template/installation.ts";
import { LOCAL_REGION } from "./template/intrinsics.ts";

/** Every address that a program outside needs; what `npm start -- --json` prints. */
export interface RuntimeInfo {
  readonly api: string;
  readonly mailbox: string;
  /** Where WhatsApp and SMS messages are shown. */
  readonly messages: string;
  readonly endpoints: Readonly<Record<"dynamodb" | "sqs" | "s3" | "ses", string>>;
  readonly region: string;
  /** Physical names, by what the tables are for: `jobs`, `records`. */
  readonly tables: Readonly<Record<string, string>>;
  /** Physical names, by the names of `contracts/buckets`. */
  readonly buckets: Readonly<Record<string, string>>;
  /** Queue URLs by job type, dead-letter queues as `<type>-dlq`. */
  readonly queues: Readonly<Record<string, string>>;
  /** Current signing secrets by provider. */
  readonly webhookSecrets: Readonly<Record<string, string>>;
  /** What callers of the cron endpoints send, when the stack was started; empty where the template has no such secret. */
  readonly cronSecret: string;
  readonly credentials: Credentials;
  /** What `npm run job` and any AWS tool have to find in their environment to work on this stack. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface InfoInput {
  readonly installation: Installation;
  readonly apiUrl: string;
  readonly mailboxUrl: string;
  readonly frontUrl: string;
  readonly secrets: LocalSecrets;
}

export function runtimeInfo({ installation, apiUrl, mailboxUrl, frontUrl, secrets }: InfoInput): RuntimeInfo {
  const { buckets, queues } = installation;
  const tables = Object.fromEntries(
    installation.tables.map(({ logicalId, name }) => [purposeOf(logicalId, "Table"), name]),
  );
  const { accessKeyId, secretAccessKey } = DEVELOPER_CREDENTIALS;
  const bucketNames = Object.fromEntries(
    buckets
      .map(({ logicalId, name }) => [purposeOf(logicalId, "Bucket"), name] as const)
      .filter(([purpose]) => purpose in BUCKETS),
  );
  return {
    api: apiUrl,
    mailbox: mailboxUrl,
    messages: `${mailboxUrl}/messages`,
    endpoints: { dynamodb: frontUrl, sqs: frontUrl, s3: frontUrl, ses: frontUrl },
    region: LOCAL_REGION,
    tables,
    buckets: bucketNames,
    queues: Object.fromEntries(queues.map(({ name }) => [jobTypeOf(name), queueUrl(frontUrl, name)])),
    webhookSecrets: secrets.webhookSecrets(),
    cronSecret: secrets.cron() ?? "",
    credentials: { accessKeyId, secretAccessKey },
    environment: {
      AWS_ENDPOINT_URL: frontUrl,
      AWS_REGION: LOCAL_REGION,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      JOBS_TABLE: tables["jobs"] ?? "",
      RECORDS_TABLE: tables["records"] ?? "",
      QUEUE_URL_PREFIX: queueUrlPrefix(frontUrl, queues),
      ...Object.fromEntries(Object.entries(bucketNames).map(([purpose, name]) => [bucketVariable(purpose), name])),
    },
  };
}

/** URLs of queues up to their types. */
function queueUrlPrefix(frontUrl: string, queues: Installation["queues"]): string {
  const [{ name } = { name: "" }] = queues;
  return queueUrl(frontUrl, name.slice(0, name.length - jobTypeOf(name).length));
}

/** `JobsTable1970BC16` → `jobs`: CDK's logical ids are the construct's id and a hash. */
function purposeOf(logicalId: string, kind: string): string {
  return logicalId.replace(new RegExp(`${kind}[0-9A-F]{8}$`), "").toLowerCase();
}

/** `backline-invoice_email-dlq` → `invoice_email-dlq`: types hold no dashes. */
function jobTypeOf(queueName: string): string {
  const [name, suffix] = queueName.endsWith("-dlq") ? [queueName.slice(0, -"-dlq".length), "-dlq"] : [queueName, ""];
  return name.slice(name.lastIndexOf("-") + 1) + suffix;
}
