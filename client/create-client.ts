import { setTimeout } from "node:timers/promises";

import * as z from "zod";

import type { JobDefinition } from "../shared/job/define-job.ts";
import type { Log } from "../shared/ports/log.ts";
import { clientOf } from "./client-of.ts";
import type { BacklineClient } from "./client.ts";
import { InvalidCallError } from "./errors.ts";
import { openStack, stackSettings, type StackSettings } from "./open-stack.ts";

/** Which stack is meant, where the environment does not say it; which job types there are. */
export interface ClientSettings extends Partial<StackSettings> {
  /**
   * The job types that `list`, `why`, `cancel` and `pause` know. The project's catalog by default, which is loaded when one
   * of them first needs it: a program that only enqueues never does.
   */
  readonly catalog?: readonly JobDefinition[];
  /**
   * Milliseconds after which a request to AWS that gets no answer is given up; 10,000 by default. Each is tried three times,
   * so a call throws OutOfReachError after three times as long and two seconds more, at the latest, for each thing that it
   * reads or writes in turn: a `get` one, an `enqueue` its row and then its message. For a web request, 2,000 say.
   */
  readonly timeoutMs?: number;
  /** Is told of what mends itself (a message that could not be sent, say: the ticker sends it). Nobody by default. */
  readonly log?: Log;
}

/** What Node's timers hold. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

const settingsSchema = z.strictObject({
  jobsTable: z.string().optional(),
  recordsTable: z.string().optional(),
  queueUrlPrefix: z.string().optional(),
  jobDataBucket: z.string().optional(),
  region: z.string().min(1).optional(),
  catalog: z.array(z.unknown()).optional(),
  timeoutMs: z.int().min(1).max(LONGEST_TIMEOUT_MS).optional(),
  log: z.looseObject({}).optional(),
} satisfies Record<keyof ClientSettings, z.ZodType>);

/**
 * A client of a stack. Without settings, the environment says which: JOBS_TABLE, RECORDS_TABLE, QUEUE_URL_PREFIX, and
 * BUCKET_JOBDATA for what is too large for a row. AWS region and credentials come from where the SDK finds them
 * (AWS_REGION, AWS_PROFILE, a role …). It connects with the first call. One client is enough for a program; `close` it at
 * the end, or let `using` do it.
 *
 * The credentials need, of DynamoDB, PutItem, UpdateItem, GetItem, BatchGetItem and Query on the two tables and the jobs
 * table's indexes; `sqs:SendMessage` to the queues of the types; for large values, `s3:GetObject` and `s3:PutObject`.
 *
 * @throws MissingSettingsError that lists what the settings and the environment lack; InvalidCallError for settings that
 *   cannot be.
 */
export function createClient(settings: ClientSettings = {}): BacklineClient {
  const { success, error } = settingsSchema.safeParse(settings);
  if (!success) {
    throw new InvalidCallError(
      "createClient",
      error.issues.map(({ path, message }) => [...path, message].join(": ")),
    );
  }
  const { catalog, timeoutMs, log = silence, ...stack } = settings;
  const { ports, close } = openStack(stackSettings(process.env, stack), timeoutMs);
  return clientOf({
    ports: { ...ports, log },
    definitions: catalog === undefined ? projectCatalog : () => Promise.resolve(catalog),
    sleep: (ms, signal) => setTimeout(ms, undefined, signal && { signal }),
    close,
  });
}

async function projectCatalog(): Promise<readonly JobDefinition[]> {
  const { catalog } = await import("../shared/catalog/index.ts");
  return catalog.map(({ definition }) => definition);
}

const silence: Log = { info: () => {}, warn: () => {}, error: () => {}, with: () => silence };
