import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";

import * as z from "zod";

import { identifier, calendarDay, moment } from "../contracts/fields.ts";
import { PermanentError } from "../errors/job-errors.ts";
import type { ListEntry, RecordStore } from "../ports/record-store.ts";
import { RecordModel } from "../records/record-model.ts";
import type { TallyState } from "./analytics-tally.ts";

/** A record has 400 KB at most (AWS-documented). Some 20,000 different products are sold on one day before that is reached. */
const LARGEST_STATE_CHARACTERS = 380_000;

const dayDraft = z.object({
  tenantId: identifier,
  day: calendarDay,
  jobId: z.string(),
  beganAt: moment,
  /** What was counted by. */
  timeZone: z.string(),
  currency: z.string(),
  after: z.object({ id: z.string(), part: z.string(), at: z.number() }),
  /** What came of the orders so far: gzipped JSON in base64. */
  state: z.string(),
});
type StoredDraft = z.infer<typeof dayDraft>;

const drafts = new RecordModel<StoredDraft>({
  kind: "analytics_draft",
  schema: dayDraft,
  keyOf: (draft) => draftKey(draft),
});

/** Two jobs that count one day at the same time have a draft each. */
const draftKey = ({ tenantId, day, jobId }: DraftOwner) => ({ id: tenantId, part: `${day}#${jobId}` });

/** How far a run has come with a day whose orders are too many for one claim. */
export interface DayDraft {
  /** When counting began: what was changed later may not be in it. */
  readonly beganAt: string;
  /** The last order that was counted. */
  readonly after: ListEntry;
  readonly state: TallyState;
}

/** What a day is counted by: its tenant's zone and currency. */
export interface CountedBy {
  readonly timeZone: string;
  readonly currency: string;
}

/** Whose draft it is. */
export interface DraftOwner {
  readonly tenantId: string;
  readonly day: string;
  readonly jobId: string;
}

/** The draft of this job; nothing where it has none, or the tenant has moved since: half a day has no sum with another half. */
export async function readDraft(records: RecordStore, owner: DraftOwner, by: CountedBy): Promise<DayDraft | undefined> {
  const known = await drafts.read(records, draftKey(owner));
  if (known === undefined) return undefined;
  if (known.body.timeZone !== by.timeZone || known.body.currency !== by.currency) {
    await drafts.remove(records, draftKey(owner), known.version);
    return undefined;
  }
  const { beganAt, after, state } = known.body;
  // What `storeDraft` wrote for this very job.
  const parsed = JSON.parse((await promisify(gunzip)(Buffer.from(state, "base64"))).toString()) as TallyState;
  return { beganAt, after, state: parsed };
}

/**
 * Keeps how far a job has come with a day.
 *
 * @throws PermanentError `DAY_TOO_LARGE`
 */
export async function storeDraft(records: RecordStore, owner: DraftOwner, draft: DayDraft & CountedBy): Promise<void> {
  const zipped = await promisify(gzip)(JSON.stringify(draft.state));
  const body = { ...owner, ...draft, state: zipped.toString("base64") };
  if (body.state.length > LARGEST_STATE_CHARACTERS) {
    throw new PermanentError(
      "DAY_TOO_LARGE",
      `So many products were sold on ${owner.day} that they cannot be counted in several claims. Give the function more memory.`,
    );
  }
  const key = draftKey(owner);
  for (;;) {
    if (await drafts.create(records, body)) return;
    const known = await drafts.read(records, key);
    if (known !== undefined && (await drafts.replace(records, key, known, body)) !== undefined) return;
  }
}

/** Removes a job's draft. */
export async function removeDraft(records: RecordStore, owner: DraftOwner): Promise<void> {
  const known = await drafts.read(records, draftKey(owner));
  if (known !== undefined) await drafts.remove(records, draftKey(owner), known.version);
}
