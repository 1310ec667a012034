import * as z from "zod";

import type { JobDefinition } from "../../job/define-job.ts";
import { postpone } from "../../job/transitions/flow.ts";
import { DEFAULT_TENANT } from "../../job/tenant.ts";
import type { PendingJob, WaitingJob } from "../../job/job.ts";
import type { JobQueue } from "../../ports/job-queue.ts";
import type { Log } from "../../ports/log.ts";
import type { RecordKey } from "../../ports/record-store.ts";
import { dueAheadOf, jobIdFor, newJob, type Content, type Debounce, type EnqueueOptions } from "../new-job.ts";
import { sendFirstPermit } from "../permit.ts";
import { putUnlessThere, type PutPorts } from "../put-job.ts";

/** Which job takes the enqueues of a key just now. */
const current = z.object({ jobId: z.string() });

type DebouncePorts = PutPorts & { readonly queue: JobQueue; readonly log: Log };

/** Each try after the first means that the job has begun, or somebody else enqueued, in that very moment. */
const MOST_TRIES = 10;
const KEPT_DAYS = 400;

/**
 * Enqueues a job that waits for more of its kind: while it has not begun, another enqueue with the same key replaces its
 * payload and puts it off.
 *
 * ```
 * record of the key ──► names the job ──► row put, or postponed ──► permit
 * crash:                (no row yet: the next enqueue puts it)     (the ticker sends it)
 * ```
 */
export async function enqueueDebounced<Payload>(
  ports: DebouncePorts,
  definition: JobDefinition<Payload>,
  payload: unknown,
  options: EnqueueOptions & { readonly debounce: Debounce },
): Promise<{ readonly id: string; readonly isNew: boolean }> {
  const { debounce } = options;
  const { type } = definition;
  const key: RecordKey = {
    kind: "debounce",
    id: type,
    part: jobIdFor("key", `${options.tenant ?? DEFAULT_TENANT}/${debounce.key}`),
  };
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    const { jobId, version } = await currentJob(ports, key, type);
    const made = newJob(ports, definition, payload, { ...options, id: jobId });
    const put = await putUnlessThere(ports, made);
    if ("job" in put) {
      // Died here: the row is due after the grace, and the ticker sends the permit.
      await sendFirstPermit(ports, put.job);
      return { id: jobId, isNew: true };
    }
    if (await postponed(ports, made.job, { debounce, firstAt: put.existing.createdAt })) {
      return { id: jobId, isNew: false };
    }
    // It has begun, or ended: the next one takes over. Of several that see this at once, one names it.
    await ports.records.replace(key, version, currentBody(jobIdFor(type, ports.ids.newId()), ports.clock.now()));
  }
  throw new Error(`The debounced job of type ${type} changed ${MOST_TRIES} times in a row. Try again.`);
}

async function currentJob({ records, ids, clock }: DebouncePorts, key: RecordKey, type: string) {
  const body = currentBody(jobIdFor(type, ids.newId()), clock.now());
  const record = (await records.get(key)) ?? (await records.create(key, body)).record;
  return { jobId: current.parse(record.body).jobId, version: record.version };
}

const currentBody = (jobId: string, now: number) => ({
  jobId,
  expiresAt: Math.ceil(now / 1000) + KEPT_DAYS * 24 * 60 * 60,
});

type Renewed = Content & Pick<PendingJob, "startBy">;

/** Gives the waiting job the newest payload; false when it has begun already. */
async function postponed(
  { store, clock, permitGraceMs }: DebouncePorts,
  job: PendingJob | WaitingJob,
  { debounce, firstAt }: { readonly debounce: Debounce; readonly firstAt: number },
): Promise<boolean> {
  const now = clock.now();
  const runAt = Math.max(now, Math.min(job.runAt, firstAt + (debounce.maxWaitMs ?? Number.POSITIVE_INFINITY)));
  const { isApplied, job: row } = await store.apply(
    job.id,
    postpone({
      payload: contentOfRow(job),
      enqueueToken: job.enqueueToken,
      runAt,
      // Its permit comes back at the times of before, and not for ever: the ticker sends one for the new time.
      dueAt: dueAheadOf(runAt, permitGraceMs),
      now,
    }),
  );
  // Refused, yet my token is on the row: the answer was lost, the client asked again, and the job began in between.
  return isApplied || row?.enqueueToken === job.enqueueToken;
}

/** What the newest enqueue says, and `undefined` for what it does not say any more. */
function contentOfRow(job: Renewed): Readonly<Record<keyof Renewed, unknown>> {
  const { payload, payloadAt, payloadHash, subjectList, rateKey, concurrencyKey, startBy } = job;
  return { payload, payloadAt, payloadHash, subjectList, rateKey, concurrencyKey, startBy };
}
