import * as z from "zod";

import { PermanentError } from "../../../shared/errors/job-errors.ts";
import { Snooze } from "../../../shared/errors/postponements.ts";
import { jobFunction } from "../../../shared/lambda/job-function.ts";
import { parcelStatus } from "./definition.ts";

const SIX_HOURS_MS = 6 * 60 * 60 * 1000;
const parcelAnswer = z.object({ state: z.enum(["on the way", "delivered"]) });

export const handler = jobFunction(parcelStatus, async (job, { records }) => {
  const { parcelId } = job.payload;
  const answer = await fetch(`https://courier.example/parcels/${parcelId}`, { signal: job.signal });
  // No retry can help: the job fails at once.
  if (answer.status === 404) throw new PermanentError("UNKNOWN_PARCEL", `The courier has no parcel ${parcelId}.`);
  // Anything else that is thrown is retried: after 5 s, then after 25 s; then the job has failed.
  if (!answer.ok) throw new Error(`The courier answered ${answer.status}.`);
  const { state } = parcelAnswer.parse(await answer.json());
  // Nothing went wrong, there is only nothing to do yet: no attempt is used.
  if (state !== "delivered") throw new Snooze({ delayMs: SIX_HOURS_MS });
  await records.create({ kind: "parcel", id: parcelId }, { state });
});
