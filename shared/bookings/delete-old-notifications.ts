import type { SweepPayload } from "../contracts/sweep-payload.ts";
import type { SweepSettings } from "../contracts/sweep-settings.ts";
import type { JobContext } from "../engine/job-context.ts";
import type { EpochMs } from "../job/job.ts";
import type { Services } from "../lambda/compose-services.ts";
import { NOTIFICATION_LISTS, notifications, type Notification } from "../records/notification.ts";
import { deleteRecords } from "../sweeps/delete-records.ts";
import { sweepResultOf, type SweepResult } from "../sweeps/sweep-result.ts";
import { DAY_MS } from "../job/durations.ts";

/** What a sweep that deletes records has done. */
export interface DeletedResult extends SweepResult {
  readonly deletedCount: number;
}

/** Read notifications from before are deleted: 30 days of 24 hours before a run's time, by default. */
export const notificationCutOff = (asOf: EpochMs, settings: SweepSettings["bookings"]): EpochMs =>
  asOf - settings.notificationRetentionDays * DAY_MS;

/** Whether a notification, as it is now, is deleted: read, and older than the cut-off. */
export const isReadAndOld = ({ readAt, createdAt }: Notification, cutOff: EpochMs): boolean =>
  readAt !== undefined && Date.parse(createdAt) < cutOff;

/**
 * Deletes notifications that were read and are older than the cut-off; unread ones stay, however old.
 *
 * @param cutOff the same in all of the job's claims.
 */
export async function deleteOldNotifications(
  job: Pick<JobContext<SweepPayload>, "payload" | "sweep">,
  { records }: Pick<Services, "records">,
  cutOff: EpochMs,
): Promise<DeletedResult> {
  const totals = await deleteRecords(job, "notifications", {
    records,
    model: notifications,
    list: NOTIFICATION_LISTS.read,
    to: cutOff - 1,
    isDue: (notification) => isReadAndOld(notification, cutOff),
  });
  return { ...sweepResultOf(totals), deletedCount: totals.done };
}
