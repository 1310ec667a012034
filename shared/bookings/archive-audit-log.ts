import type { SweepPayload } from "../contracts/sweep-payload.ts";
import type { SweepSettings } from "../contracts/sweep-settings.ts";
import type { JobContext } from "../engine/job-context.ts";
import type { EpochMs } from "../job/job.ts";
import type { Services } from "../lambda/compose-services.ts";
import { AUDIT_LISTS, audits, type AuditEntry } from "../records/audit.ts";
import { archivePrefix, archiveRecords } from "../sweeps/archive-records.ts";
import { sweepResultOf } from "../sweeps/sweep-result.ts";
import type { DeletedResult } from "./delete-old-notifications.ts";
import { DAY_MS } from "../job/durations.ts";

/** What a clean-up of the audit log has done. */
export interface ArchivedResult extends DeletedResult {
  /** How the names of the run's files in the bucket `archives` begin; absent where it has stored none. */
  readonly archivePrefix?: string;
}

/** Ordinary audit entries from before are archived and deleted: 90 days of 24 hours before a run's time, by default. */
export const auditCutOff = (asOf: EpochMs, settings: SweepSettings["bookings"]): EpochMs =>
  asOf - settings.auditRetentionDays * DAY_MS;

/** Whether an entry, as it is now, is archived: older than the cut-off, and not critical. */
export const isOldAndOrdinary = ({ severity, at }: AuditEntry, cutOff: EpochMs): boolean =>
  severity !== "critical" && Date.parse(at) < cutOff;

/**
 * Archives audit entries older than the cut-off, and deletes them; critical ones stay for good.
 *
 * @param times the same in all of the job's claims.
 */
export async function archiveAuditLog(
  job: Pick<JobContext<SweepPayload>, "id" | "payload" | "sweep">,
  { records, files }: Pick<Services, "records" | "files">,
  { asOf, cutOff }: { readonly asOf: EpochMs; readonly cutOff: EpochMs },
): Promise<ArchivedResult> {
  const totals = await archiveRecords(job, "audit", {
    records,
    files,
    model: audits,
    list: AUDIT_LISTS.ordinary,
    to: cutOff - 1,
    asOf,
    isDue: (entry) => isOldAndOrdinary(entry, cutOff),
  });
  const hasStored = totals.done > 0 && !totals.isDryRun;
  return {
    ...sweepResultOf(totals),
    deletedCount: totals.done,
    ...(hasStored && { archivePrefix: archivePrefix(audits.kind, asOf, job.id) }),
  };
}
