import type { SweepPayload } from "../contracts/sweep-payload.ts";
import type { JobContext } from "../engine/job-context.ts";
import type { EpochMs } from "../job/job.ts";
import type { Services } from "../lambda/compose-services.ts";
import { oneTimeCodes, SHORT_LIVED_LISTS, type OneTimeCode } from "../records/short-lived.ts";
import { deleteRecords } from "../sweeps/delete-records.ts";
import { sweepResultOf } from "../sweeps/sweep-result.ts";
import type { DeletedResult } from "./delete-old-notifications.ts";

/** Whether a code's time is over: valid until then means that it is no longer valid at that very moment. */
export const isExpired = ({ validUntil }: Pick<OneTimeCode, "validUntil">, asOf: EpochMs): boolean =>
  Date.parse(validUntil) <= asOf;

/** Deletes one-time codes whose time was over at `asOf`, used or not. */
export async function deleteExpiredCodes(
  job: Pick<JobContext<SweepPayload>, "payload" | "sweep">,
  { records }: Pick<Services, "records">,
  asOf: EpochMs,
): Promise<DeletedResult> {
  const totals = await deleteRecords(job, "codes", {
    records,
    model: oneTimeCodes,
    list: SHORT_LIVED_LISTS.all,
    to: asOf,
    isDue: (code) => isExpired(code, asOf),
  });
  return { ...sweepResultOf(totals), deletedCount: totals.done };
}
