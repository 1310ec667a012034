import type { RecordStore } from "../ports/record-store.ts";
import { dailyOverviewKey, dailyOverviews, type DailyOverview } from "../records/daily-overview.ts";
import { dayBefore, daysBetween } from "../records/calendar-days.ts";

const DAY_LENGTH = "2026-03-01".length;

/** A tenant's overviews of some days, earliest first; days that are not aggregated are missing. One query. */
export async function readOverviews(
  records: RecordStore,
  tenantId: string,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<readonly DailyOverview[]> {
  const { id, part } = dailyOverviewKey(tenantId, dayBefore(from));
  const prefix = part.slice(0, -DAY_LENGTH);
  const limit = daysBetween(from, to).length;
  const listed = await records.list({ kind: dailyOverviews.kind, id }, { prefix, after: part, limit });
  return listed
    .map((record) => dailyOverviews.parse({ id, part: record.part }, record).body)
    .filter(({ day }) => day <= to);
}
