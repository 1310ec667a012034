import * as z from "zod";

import { dynamoClient, s3Client, sqsClient } from "../shared/aws/clients.ts";
import { DynamoJobStore } from "../shared/aws/dynamo-job-store.ts";
import { DynamoReceiptStore } from "../shared/aws/dynamo-receipt-store.ts";
import { DynamoRecordStore } from "../shared/aws/dynamo-record-store.ts";
import { DynamoScheduleLedger } from "../shared/aws/dynamo-schedule-ledger.ts";
import { S3FileStore, S3ValueStore } from "../shared/aws/s3-file-store.ts";
import { SqsDeadLetters } from "../shared/aws/sqs-dead-letters.ts";
import { SqsJobQueue } from "../shared/aws/sqs-job-queue.ts";
import { systemClock } from "../shared/aws/system-ports.ts";
import { catalog } from "../shared/catalog/index.ts";
import { describeError } from "../shared/errors/describe-error.ts";
import type { ControlPorts } from "../shared/engine/control.ts";
import { clientTimeoutMs, permitGraceMs } from "../shared/job/job-times.ts";
import type { DeadLetterQueue } from "../shared/ports/dead-letter-queue.ts";
import type { ReceiptStore } from "../shared/ports/receipt-store.ts";
import type { RecordStore } from "../shared/ports/record-store.ts";
import type { ScheduleLedger } from "../shared/ports/schedule-ledger.ts";
import type { ValueStore } from "../shared/ports/value-store.ts";
import { plain } from "./layout.ts";

/** By variable, the output of the stacks that says its value. */
const OUTPUTS: Readonly<Record<string, string>> = {
  JOBS_TABLE: "JobsTableName",
  RECORDS_TABLE: "RecordsTableName",
  QUEUE_URL_PREFIX: "QueueUrlPrefix",
};

const variables = z.object({
  JOBS_TABLE: z.string().min(1),
  RECORDS_TABLE: z.string().min(1),
  QUEUE_URL_PREFIX: z.url(),
});

/** What commands need of a stack. */
export interface CliEngine extends ControlPorts {
  readonly ledger: ScheduleLedger;
  readonly receipts: ReceiptStore;
  readonly records: RecordStore;
  readonly values: ValueStore;
  readonly deadLetters: DeadLetterQueue;
}

/**
 * The engine of a deployed (or embedded) stack, for commands: the tables and queues that the environment names, with the
 * environment's own credentials and region.
 *
 * @throws Error that lists what is missing and where to find it.
 */
export function openEngine(environment: NodeJS.ProcessEnv): CliEngine {
  const { JOBS_TABLE, RECORDS_TABLE, QUEUE_URL_PREFIX } = readVariables(environment);
  const settings = { timeoutMs: clientTimeoutMs() };
  const documents = dynamoClient(settings);
  const sqs = sqsClient(settings);
  return {
    store: new DynamoJobStore(documents, JOBS_TABLE),
    ledger: new DynamoScheduleLedger(documents, RECORDS_TABLE),
    receipts: new DynamoReceiptStore(documents, RECORDS_TABLE),
    records: new DynamoRecordStore(documents, RECORDS_TABLE),
    values: new S3ValueStore(new S3FileStore(s3Client(settings), () => jobDataBucket(environment))),
    queue: new SqsJobQueue(sqs, QUEUE_URL_PREFIX),
    deadLetters: new SqsDeadLetters(sqs, QUEUE_URL_PREFIX),
    clock: systemClock,
    permitGraceMs: permitGraceMs(),
    cancelledDaysOf: (type) =>
      catalog.find(({ definition }) => definition.type === type)?.definition.retentionDays?.cancelled,
    log: stderrLog,
  };
}

function jobDataBucket({ BUCKET_JOBDATA }: NodeJS.ProcessEnv): string {
  if (BUCKET_JOBDATA !== undefined && BUCKET_JOBDATA !== "") return BUCKET_JOBDATA;
  throw new Error(
    "A payload or result lies in S3. Set BUCKET_JOBDATA to the output JobDataBucketName (of your stacks).",
  );
}

function readVariables(environment: NodeJS.ProcessEnv): z.infer<typeof variables> {
  const parsed = variables.safeParse(environment);
  if (parsed.success) return parsed.data;
  const missing = parsed.error.issues.map(({ path }) => path.join("."));
  const outputs = missing.map((name) => `${name} to the output ${OUTPUTS[name]}`).join(", ");
  throw new Error(`The environment does not say which stack is meant. Set ${outputs} (of your stacks).`);
}

const stderrLog: ControlPorts["log"] = {
  info: () => {},
  warn: (message) => note(plain(message)),
  error: (message, thrown) => note(plain(`${message} ${describeError(thrown).message}`)),
  with: () => stderrLog,
};

/** Runs a command: its answer goes to stdout; what goes wrong is told on stderr in words, with exit status 1. */
export async function runCommand(command: () => Promise<string>): Promise<void> {
  await reportErrors(async () => answer(await command()));
}

/** The same for a command that answers by itself. */
export async function reportErrors(command: () => Promise<unknown>): Promise<void> {
  try {
    await command();
  } catch (error) {
    note(explain(error).split("\n").map(plain).join("\n"));
    process.exitCode = 1;
  }
}

/** What a command was asked for: nothing else goes to stdout. */
export function answer(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** What is said beside the answer: progress, and what goes wrong. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

function explain(error: unknown): string {
  if (error instanceof z.ZodError) {
    return `A stored record is not as this version of Backline expects it.\n${z.prettifyError(error)}`;
  }
  if (!(error instanceof Error)) return String(error);
  if (error.message === "Region is missing") return "Set AWS_REGION to the region of your stack.";
  if (error.name === "CredentialsProviderError") return "There are no AWS credentials. Log in, or set AWS_PROFILE.";
  if (error.name === "ResourceNotFoundException")
    return `There is no table ${tablesOf(process.env, "or")} in the region.`;
  if (error.name === "ValidationException") {
    return `DynamoDB refuses the request (${error.message}). Are ${tablesOf(process.env, "and")} your stack's tables?`;
  }
  return error.message;
}

/** DynamoDB does not say which of them it means. */
function tablesOf({ JOBS_TABLE, RECORDS_TABLE }: NodeJS.ProcessEnv, word: "and" | "or"): string {
  return `${JOBS_TABLE} (JOBS_TABLE) ${word} ${RECORDS_TABLE} (RECORDS_TABLE)`;
}
