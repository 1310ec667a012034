import type { SweepPayload } from "../contracts/sweep-payload.ts";
import type { JobContext } from "../engine/job-context.ts";
import type { SweepTotals } from "../engine/sweep.ts";
import type { EpochMs } from "../job/job.ts";
import type { RecordStore } from "../ports/record-store.ts";
import type { RecordModel } from "../records/record-model.ts";
import { SHORT_LIVED_LISTS } from "../records/short-lived.ts";
import { deleteRecords } from "./delete-records.ts";

/** What is of use until a time: a code, a session, a token. */
interface ShortLived {
  readonly validUntil: string;
}

/** Whether its time is over: valid until then means that it is no longer valid at that very moment. */
export const isExpired = ({ validUntil }: ShortLived, asOf: EpochMs): boolean => Date.parse(validUntil) <= asOf;

/** Deletes what was of no use any more at `asOf`. */
export function deleteExpired<Body extends ShortLived>(
  job: Pick<JobContext<SweepPayload>, "sweep" | "payload">,
  name: string,
  { asOf, ...from }: { readonly records: RecordStore; readonly model: RecordModel<Body>; readonly asOf: EpochMs },
): Promise<SweepTotals> {
  return deleteRecords(job, name, {
    ...from,
    list: SHORT_LIVED_LISTS.all,
    to: asOf,
    isDue: (body) => isExpired(body, asOf),
  });
}
