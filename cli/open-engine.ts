import * as z from "zod";

import { dynamoClient, sqsClient } from "../shared/aws/clients.ts";
import { DynamoJobStore } from "../shared/aws/dynamo-job-store.ts";
import { SqsJobQueue } from "../shared/aws/sqs-job-queue.ts";
import { systemClock } from "../shared/aws/system-ports.ts";
import { describeError } from "../shared/errors/describe-error.ts";
import type { ControlPorts } from "../shared/engine/control.ts";
import { clientTimeoutMs, permitGraceMs } from "../shared/job/job-times.ts";

const variables = z.object({ JOBS_TABLE: z.string().min(1), QUEUE_URL_PREFIX: z.url() });

/**
 * The engine of a deployed (or embedded) stack, for commands: the tables and queues that the environment names, with the
 * environment's own credentials and region.
 *
 * @throws Error that lists what is missing and where to find it.
 */
export function openEngine(environment: NodeJS.ProcessEnv): ControlPorts {
  const parsed = variables.safeParse(environment);
  if (!parsed.success) {
    const missing = parsed.error.issues.map(({ path }) => path.join(".")).join(" and ");
    throw new Error(`Set ${missing}: the outputs JobsTableName and QueueUrlPrefix of the stacks say to what.`);
  }
  const settings = { timeoutMs: clientTimeoutMs() };
  return {
    store: new DynamoJobStore(dynamoClient(settings), parsed.data.JOBS_TABLE),
    queue: new SqsJobQueue(sqsClient(settings), parsed.data.QUEUE_URL_PREFIX),
    clock: systemClock,
    permitGraceMs: permitGraceMs(),
    log: stderrLog,
  };
}

const stderrLog: ControlPorts["log"] = {
  info: () => {},
  warn: (message) => void process.stderr.write(`${message}\n`),
  error: (message, thrown) => void process.stderr.write(`${message} ${describeError(thrown).message}\n`),
  with: () => stderrLog,
};

/** Runs a command: its answer goes to stdout; what goes wrong is told on stderr in words, with exit status 1. */
export async function runCommand(command: () => Promise<string>): Promise<void> {
  try {
    process.stdout.write(`${await command()}\n`);
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = 1;
  }
}

function explain(error: unknown): string {
  if (error instanceof z.ZodError) return `The settings are not right; nothing is stored.\n${z.prettifyError(error)}`;
  if (!(error instanceof Error)) return String(error);
  if (error.message === "Region is missing") return "Set AWS_REGION to the region of your stack.";
  if (error.name === "CredentialsProviderError") return "There are no AWS credentials. Log in, or set AWS_PROFILE.";
  return error.message;
}
