import * as z from "zod";

import type { ItemContext } from "../../shared/engine/sweep.ts";
import type { JobContext } from "../../shared/engine/job-context.ts";
import { defineJob, type JobDefinition, type OnUnknown } from "../../shared/job/define-job.ts";
import { fixed } from "../../shared/job/retry-policy.ts";
import type { HandledType, ProbeServices } from "./subject.ts";

type Payload = z.infer<typeof payload>;
export type ProbeJob = JobContext<Payload>;
type Probe = (job: ProbeJob, services: ProbeServices) => Promise<unknown>;

const payload = z.object({ to: z.string() });

type ProbeRest = Partial<Pick<JobDefinition<Payload>, "isPrioritised" | "limits" | "schedules" | "ttlSeconds">> & {
  readonly maxAttempts?: number;
  readonly timeoutSeconds?: number;
  /** Types of the jobs that its own wait for. */
  readonly after?: readonly string[];
};

/** A probe's type keeps that of its payload: clients and parents enqueue it. */
export type ProbeType = HandledType & { readonly definition: JobDefinition<Payload> };

/** A job type that exists for what no type of the catalog does; its definition's example is all it needs. */
export function probe(
  type: string,
  summary: string,
  handle: Probe,
  { maxAttempts = 3, timeoutSeconds = 60, after = [], ...rest }: ProbeRest = {},
): ProbeType {
  const definition = defineJob({
    type,
    summary,
    payload,
    retry: { maxAttempts, backoff: fixed(5_000) },
    run: { timeoutSeconds, memoryMb: 128, batchSize: 1 },
    needs: { records: { probe: "write" }, files: ["invoices"], email: true, after },
    example: { payload: EXAMPLE },
    ...rest,
  });
  return { definition, handle };
}

export const EXAMPLE: Payload = { to: "ada@example.com" };
export const LOST = "The mailer's answer was lost.";
export const RAW = Buffer.from("Subject: Parcel\r\n\r\nIt is on its way.");

/** Sends a mail as an effect; `isLost` says whether its answer gets lost on the way. */
export function mail(job: ProbeJob, { mailer }: ProbeServices, name: string, onUnknown: OnUnknown, isLost = false) {
  return job.effect(name, {
    onUnknown,
    send: async (attempt) => {
      const sent = await mailer.send({ ...attempt, raw: RAW, from: "shop@example.com", to: job.payload.to });
      if (isLost) throw new Error(LOST);
      return sent;
    },
  });
}

/** Sends an item's mail of a sweep. */
export const itemMail = ({ effect }: ItemContext, { mailer }: ProbeServices, to: string) =>
  effect({
    onUnknown: "resend",
    send: (attempt) => mailer.send({ ...attempt, raw: RAW, from: "shop@example.com", to }),
  });

/** Writes a record, as a step. */
export function note(job: ProbeJob, { records }: ProbeServices, name: string): Promise<{ readonly name: string }> {
  return job.step(name, async () => {
    await records.create({ kind: "probe", id: job.id, part: name }, { to: job.payload.to });
    return { name };
  });
}
