import type { SweepPayload } from "../contracts/sweep-payload.ts";
import type { JobContext } from "../engine/job-context.ts";
import type { EpochMs } from "../job/job.ts";
import type { Services } from "../lambda/compose-services.ts";
import { oneTimeCodes } from "../records/short-lived.ts";
import { deleteExpired } from "../sweeps/delete-expired.ts";
import { sweepResultOf } from "../sweeps/sweep-result.ts";
import type { DeletedResult } from "./delete-old-notifications.ts";

/** Deletes one-time codes whose time was over at `asOf`, used or not. */
export async function deleteExpiredCodes(
  job: Pick<JobContext<SweepPayload>, "payload" | "sweep">,
  { records }: Pick<Services, "records">,
  asOf: EpochMs,
): Promise<DeletedResult> {
  const totals = await deleteExpired(job, "codes", { records, model: oneTimeCodes, asOf });
  return { ...sweepResultOf(totals), deletedCount: totals.done };
}
