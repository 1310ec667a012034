import * as z from "zod";

import { singleLine } from "../shared/contracts/fields.ts";
import { jobId } from "../shared/contracts/messages.ts";
import type { CompletionOptions } from "../shared/engine/flow/batch.ts";
import type { SpawnOptions } from "../shared/engine/flow/children.ts";
import type { EnqueueOptions } from "../shared/engine/new-job.ts";
import type { PauseOptions } from "../shared/engine/pauses.ts";
import { JOB_STATUSES } from "../shared/job/job-state.ts";
import type { ListQuery, WaitOptions } from "./client.ts";
import { InvalidCallError } from "./errors.ts";

// What the client is given, checked as it comes in: it is called from JavaScript too, where `idempotentKey` for
// `idempotencyKey` would go unnoticed and do the work twice. Payloads and ranges are the engine's to check.

/** Every option there is has a schema: these do not compile when one is missing. */
type Schemas<Options> = Record<keyof Options, z.ZodType>;

const text = z.string().min(1);
/** Any text: ids come from addresses too. Of one that cannot be, there is no job. */
const id = z.string();
const onDependencyFailed = z.enum(["cancel", "fail", "run"]).optional();

const enqueueOptions = z.strictObject({
  idempotencyKey: text.optional(),
  runAt: z.number().optional(),
  delayMs: z.number().optional(),
  tenant: z.string().optional(),
  correlationId: singleLine(200).optional(),
  subject: text.optional(),
  priority: z.number().optional(),
  after: z.array(jobId).optional(),
  onDependencyFailed,
  debounce: z.strictObject({ key: text, delayMs: z.number(), maxWaitMs: z.number().optional() }).optional(),
  ttlMs: z.number().optional(),
} satisfies Schemas<EnqueueOptions>);

const spawnOptions = enqueueOptions.pick({
  runAt: true,
  delayMs: true,
  tenant: true,
  subject: true,
  priority: true,
  ttlMs: true,
} satisfies Record<keyof SpawnOptions, true>);

const completionOptions = enqueueOptions.pick({
  tenant: true,
  correlationId: true,
  subject: true,
  priority: true,
  ttlMs: true,
  onDependencyFailed: true,
} satisfies Record<keyof CompletionOptions, true>);

/** What `defineJob` returns, as far as it can be told. */
const definition = z.custom<object>(
  (value) =>
    z
      .looseObject({ type: text, payload: z.looseObject({}), retry: z.looseObject({}), needs: z.looseObject({}) })
      .safeParse(value).success,
  "must be a job definition, as `defineJob` returns it",
);
const payload = z.unknown();
const target = z.union([z.strictObject({ type: text }), z.strictObject({ group: text })]);

const job = z.strictObject({ definition, payload, options: enqueueOptions.optional() });
const child = z.strictObject({ name: z.string(), definition, payload, options: spawnOptions.optional() });
const calls = {
  enqueue: job,
  enqueueMany: z.array(job),
  enqueueBatch: z.strictObject({
    key: text.max(500).optional(),
    jobs: z.array(child),
    completion: z.strictObject({ definition, payload, options: completionOptions.optional() }),
  }),
  id: z.strictObject({ id }),
  get: z.strictObject({ id, payload: z.boolean().optional() }),
  wait: z.strictObject({
    id,
    timeoutMs: z.number().min(0).or(z.literal(Number.POSITIVE_INFINITY)).optional(),
    signal: z.instanceof(AbortSignal).optional(),
    until: z.array(z.enum(JOB_STATUSES)).optional(),
  } satisfies Schemas<WaitOptions & { readonly id: string }>),
  list: z.strictObject({
    type: z.string().optional(),
    status: z.enum(JOB_STATUSES).optional(),
    tenant: text.optional(),
    subject: text.optional(),
    day: z.string().optional(),
    from: z.number().optional(),
    until: z.number().optional(),
    errorCode: text.optional(),
    limit: z.number().optional(),
    cursor: text.optional(),
  } satisfies Schemas<ListQuery>),
  resolve: z.strictObject({
    id,
    effect: text,
    decision: z.union([
      z.strictObject({ sent: z.literal(true), receipt: singleLine(200) }),
      z.strictObject({ again: z.literal(true) }),
    ]),
    by: singleLine(200),
  }),
  pause: z.strictObject({
    target,
    options: z.strictObject({
      by: singleLine(200),
      until: z.number().optional(),
      reason: singleLine(200).optional(),
    } satisfies Schemas<PauseOptions>),
  }),
  resume: z.strictObject({ target, options: z.strictObject({ by: singleLine(200) }) }),
};

/**
 * Refuses what a call cannot be made with.
 *
 * @throws InvalidCallError naming every problem, without the values.
 */
export function check(call: string, kind: keyof typeof calls, given: unknown): void {
  const { success, error } = calls[kind].safeParse(given);
  if (success) return;
  throw new InvalidCallError(
    call,
    error.issues.map(({ path, message }) => (path.length === 0 ? message : `\`${path.join(".")}\`: ${message}`)),
  );
}
