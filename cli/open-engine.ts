import * as z from "zod";

import { openStack, stackSettings } from "../client/open-stack.ts";
import { s3Client } from "../shared/aws/clients.ts";
import { S3FileStore } from "../shared/aws/s3-file-store.ts";
import { catalog } from "../shared/catalog/index.ts";
import { type BucketName, bucketVariable } from "../shared/contracts/buckets.ts";
import { describeError } from "../shared/errors/describe-error.ts";
import type { ControlPorts } from "../shared/engine/control.ts";
import { clientTimeoutMs } from "../shared/job/job-times.ts";
import type { DeadLetterQueue } from "../shared/ports/dead-letter-queue.ts";
import type { FileStore } from "../shared/ports/file-store.ts";
import type { ReceiptStore } from "../shared/ports/receipt-store.ts";
import type { RecordStore } from "../shared/ports/record-store.ts";
import type { ScheduleLedger } from "../shared/ports/schedule-ledger.ts";
import type { ValueStore } from "../shared/ports/value-store.ts";
import { plain } from "./layout.ts";

/** What commands need of a stack. */
export interface CliEngine extends ControlPorts {
  readonly ledger: ScheduleLedger;
  readonly receipts: ReceiptStore;
  readonly records: RecordStore;
  readonly values: ValueStore;
  /** Buckets that the environment names, as `npm start` prints it. */
  readonly files: FileStore;
  readonly deadLetters: DeadLetterQueue;
}

/**
 * The engine of a deployed (or embedded) stack, for commands: the tables and queues that the environment names, with the
 * environment's own credentials and region.
 *
 * @throws Error that lists what is missing and where to find it.
 */
export function openEngine(environment: NodeJS.ProcessEnv): CliEngine {
  const { ports } = openStack(stackSettings(environment));
  const bucketName = (bucket: BucketName): string => {
    const name = environment[bucketVariable(bucket)];
    if (name !== undefined && name !== "") return name;
    throw new Error(`The environment does not say which bucket is meant. Set ${bucketVariable(bucket)}.`);
  };
  return {
    ...ports,
    files: new S3FileStore(s3Client({ timeoutMs: clientTimeoutMs() }), bucketName),
    cancelledDaysOf: (type) =>
      catalog.find(({ definition }) => definition.type === type)?.definition.retentionDays?.cancelled,
    log: stderrLog,
  };
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
  if ("code" in error && error.code === "ECONNREFUSED") {
    return `${error.message}: nobody answers there. Is \`npm start\` running, and are its exports the present ones?`;
  }
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
