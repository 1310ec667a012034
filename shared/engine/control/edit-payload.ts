import stringify from "safe-stable-stringify";

import { singleLine } from "../../contracts/fields.ts";
import { BacklineError } from "../../errors/backline-error.ts";
import { ChangedMeanwhileError } from "../../errors/control-errors.ts";
import { IllegalMoveError, InvalidPayloadError } from "../../errors/job-errors.ts";
import type { JobDefinition } from "../../job/define-job.ts";
import type { FailedJob, Job, PayloadEdit } from "../../job/job.ts";
import { editPayload as edited } from "../../job/transitions/control.ts";
import type { ValueStore } from "../../ports/value-store.ts";
import type { ControlPorts } from "../control.ts";
import { contentOf, subjectListOf, type Content } from "../new-job.ts";
import { loadPayload } from "../payload.ts";

export interface EditedPayload {
  readonly job: Job;
  /** Names of the top-level properties that are another value now, appeared or went; never the values. */
  readonly changed: readonly string[];
}

/**
 * Gives a failed job another payload for its next run, and keeps on the row who did it, when, and both hashes. The job
 * stays failed until somebody retries it.
 *
 * What is done stays done: steps that have a result are not run again and effects that have a receipt are not repeated,
 * whatever the payload says now. A mail that went to the wrong address was sent; a new address needs a new job.
 *
 * @param payload the whole new payload, not only what changes.
 * @param by who wants it: 1 to 200 characters in one line, spaces around them do not count.
 * @throws IllegalMoveError when the job is not failed, or does not exist.
 * @throws InvalidPayloadError, PayloadTooLargeError as an enqueue does; BacklineError `INVALID_EDIT` for `by`.
 * @throws ChangedMeanwhileError when it was restarted, or edited by somebody else, since it was read here.
 */
export async function editPayload<Payload>(
  { store, clock, values }: Pick<ControlPorts, "store" | "clock"> & { readonly values: ValueStore },
  definition: JobDefinition<Payload>,
  jobId: string,
  payload: unknown,
  by: string,
): Promise<EditedPayload> {
  const editor = checkedName(by);
  const job = await store.get(jobId);
  if (job?.status !== "failed") throw new IllegalMoveError("edit", jobId, job?.status);
  if (job.type !== definition.type) {
    throw new InvalidPayloadError(definition.type, [`job ${jobId} is of type ${job.type}`]);
  }
  const { content, spilled } = contentOf(definition, payload, { id: jobId, subject: undefined, lifeMs: 0 });
  const hashBefore = job.edits?.at(-1)?.hashAfter ?? job.payloadHash;
  if (hashBefore === content.payloadHash) return { job, changed: [] };
  const mine: PayloadEdit = { by: editor, at: clock.now(), hashBefore, hashAfter: content.payloadHash };
  const before = job.payloadAt === undefined ? job.payload : await loadPayload(values, job);
  // Died after this: nothing names it, and the bucket forgets it in time.
  if (spilled !== undefined) await values.put(spilled.key, spilled.json);
  const { subjectList } = content;
  const subject = isSubjectDerived(definition, job, before) ? { subjectList } : {};
  const applied = await store.apply(jobId, edited(job, { ...rowContent(content), ...subject }, mine));
  // Refused, yet mine stands on the row: the answer was lost and the client asked again.
  const isMine = applied.isApplied || isSame(applied.job?.edits?.[job.edits?.length ?? 0], mine);
  if (applied.job === undefined || !isMine) throw new ChangedMeanwhileError(jobId);
  const after = spilled === undefined ? content.payload : (JSON.parse(spilled.json) as unknown);
  return { job: applied.job, changed: changedNames(before, after) };
}

function checkedName(by: string): string {
  const { success, data } = editorName.safeParse(by);
  if (success) return data;
  throw new BacklineError(
    "INVALID_EDIT",
    "Say who wants it, in one line of 1 to 200 characters without control characters; nothing is written.",
  );
}

const editorName = singleLine(200);

function isSame(one: PayloadEdit | undefined, other: PayloadEdit): boolean {
  return one?.by === other.by && one.at === other.at && one.hashAfter === other.hashAfter;
}

/** What follows from the payload, and `undefined` for what does not any more. The first payload's hash stays. */
const rowContent = ({ payload, payloadAt, rateKey, concurrencyKey }: Content) => ({
  payload,
  payloadAt,
  rateKey,
  concurrencyKey,
});

/** A job that was listed under whom its payload is about follows the payload; one whose enqueue named somebody does not. */
function isSubjectDerived<Payload>(definition: JobDefinition<Payload>, job: FailedJob, payload: unknown): boolean {
  if (definition.subject === undefined) return false;
  const before = definition.payload.safeParse(payload);
  // A payload that its schema does not take any more: nobody can say what it was about.
  return before.success && job.subjectList === listOf(definition.subject(before.data));
}

const listOf = (subject: string | undefined) => (subject === undefined ? undefined : subjectListOf(subject));

function changedNames(before: unknown, after: unknown): string[] {
  const [one, other] = [propertiesOf(before), propertiesOf(after)];
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].filter((name) => stringify(one[name]) !== stringify(other[name])).toSorted();
}

const propertiesOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : { payload: value };
