import { isDeepStrictEqual } from "node:util";

import type { Job } from "../shared/job/job.ts";
import type { JobStatus } from "../shared/job/job-state.ts";
import { START } from "../test/support/virtual-clock.ts";
import { wordsOf } from "./fake-messenger.ts";
import type { World } from "./world.ts";

/** Something that a run has left outside; equal names are the same thing. */
interface Trace {
  readonly name: string;
  readonly body?: unknown;
}

/** What a run has left, without times and without ids that differ from run to run. */
export interface RunEnd {
  readonly status: JobStatus;
  readonly errorCode: string | undefined;
  /** Claims that counted. */
  readonly attempts: number;
  readonly traces: readonly Trace[];
  /** Of those: what may happen twice, for its effect says `resend` and nobody reports it. */
  readonly repeatable: ReadonlySet<string>;
}

export async function endOf(world: World, job: Job, also: unknown): Promise<RunEnd> {
  const mails = await mailsOf(world);
  const sends = [...world.observations].flatMap(([id, seen]) =>
    seen.sends
      .filter(({ receipt }) => receipt !== undefined)
      .map(({ effect, onUnknown }) => ({
        name: plain(`effect ${effect} of ${id}`),
        key: `${id}/${effect}`,
        onUnknown,
      })),
  );
  const isMail = new Set(mails.map(({ key }) => key));
  const others = sends.filter(({ key }) => !isMail.has(key)); // mails are judged by what arrived
  const records = world.records.given();
  const traces: Trace[] = [
    ...mails.map(({ name }) => ({ name })),
    ...others.map(({ name }) => ({ name })),
    ...world.files.stored.map(({ bucket, key }) => ({ name: plain(`file ${bucket}/${key}`) })),
    ...records.map(({ kind, id, part, body }) => ({
      name: plain(`record ${kind}#${id}${part === "-" ? "" : `/${part}`}`),
      body: timeless(body),
    })),
    ...world.store
      .jobs()
      .filter(({ id }) => id !== job.id)
      .map(({ id, status, payload }) => ({ name: plain(`job ${id}`), body: timeless({ status, payload }) })),
    ...(also === undefined ? [] : [{ name: "`alsoCompare`", body: timeless(also) }]),
  ];
  const isResend = new Set(sends.filter(({ onUnknown }) => onUnknown === "resend").map(({ key }) => key));
  const unreported = mails.filter(({ key, isReported }) => !isReported && isResend.has(key));
  const repeatable = [...others.filter(({ onUnknown }) => onUnknown === "resend"), ...unreported];
  return {
    status: job.status,
    errorCode: job.status === "failed" ? job.error.code : undefined,
    attempts: job.attempts,
    traces,
    repeatable: new Set(repeatable.map(({ name }) => name)),
  };
}

/** Mails and messages: what their services took. */
async function mailsOf({ mailer, messenger, options }: World) {
  const { isMailReported = true, isMessageReported = true } = options;
  const mails = (await mailer.received()).map((mail) => ({
    ...mail,
    what: `mail "${mail.subject}"`,
    isReported: isMailReported,
  }));
  const messages = messenger.messages.map((message) => ({
    ...message,
    what: `${message.channel} message ${wordsOf(message)}`,
    isReported: isMessageReported,
  }));
  return [...mails, ...messages].map(({ what, to, jobId, effect, isReported }) => ({
    name: plain(`${what} to ${to} (effect ${effect} of ${jobId})`),
    key: `${jobId}/${effect}`,
    isReported,
  }));
}

export interface Difference {
  /** In words, for people. */
  readonly text: string;
  readonly isAllowed: boolean;
}

/** How a run that was disturbed differs from one that was not. */
export function differences(calm: RunEnd, disturbed: RunEnd, maxAttempts: number): Difference[] {
  const ending = ({ status, errorCode }: RunEnd) => (errorCode === undefined ? status : `${status} (${errorCode})`);
  // The crash used up the only attempt that was left.
  const hasGivenUp = disturbed.status === "failed" && calm.status !== "failed" && calm.attempts >= maxAttempts;
  const found: Difference[] = [];
  if (!hasGivenUp && ending(calm) !== ending(disturbed)) {
    found.push({ text: `the job ended ${ending(disturbed)} instead of ${ending(calm)}`, isAllowed: false });
  }
  const names = new Set([...calm.traces, ...disturbed.traces].map(({ name }) => name));
  for (const name of names) {
    const before = bodiesOf(calm, name);
    const after = bodiesOf(disturbed, name);
    if (after.length < before.length) {
      if (!hasGivenUp) found.push({ text: `${name}: ${counted(after, before)}`, isAllowed: false });
    } else if (after.length > before.length) {
      found.push({ text: `${name}: ${counted(after, before)}`, isAllowed: disturbed.repeatable.has(name) });
    } else if (!hasGivenUp && !isDeepStrictEqual(before, after)) {
      const text = `${name}: ${JSON.stringify(after)} instead of ${JSON.stringify(before)}`;
      found.push({ text: text.slice(0, 500), isAllowed: false });
    }
  }
  return found;
}

const counted = (after: readonly unknown[], before: readonly unknown[]) =>
  `${after.length === 1 ? "once" : `${after.length} times`} instead of ${before.length === 1 ? "once" : `${before.length} times`}`;

const bodiesOf = ({ traces }: RunEnd, name: string): unknown[] =>
  traces
    .filter((trace) => trace.name === name)
    .map(({ body }) => JSON.stringify(body))
    .toSorted();

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
const ISO_TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?/g;
const MILLISECONDS = /\b\d{13}\b/g;
/** Of a gift card, and its hash in the key of a record. */
const CARD_CODE = /\b(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}\b|\bcode-[0-9a-f]{64}\b/g;
/** Of the kit. */
const MADE_ID = /\b(?:(?:id|mail)-\d+|SM0{20}\d{12})\b/g;

const plain = (text: string): string =>
  text
    .replaceAll(UUID, "<uuid>")
    .replaceAll(ISO_TIME, "<time>")
    .replaceAll(CARD_CODE, "<code>")
    .replaceAll(MADE_ID, "<id>")
    .replaceAll(MILLISECONDS, (digits) => (isTime(Number(digits)) ? "<time>" : digits));

const YEAR_MS = 366 * 24 * 60 * 60 * 1000;
const isTime = (value: number): boolean => Math.abs(value - START) < 10 * YEAR_MS;

/** A value as JSON brings it back, with times and made ids made equal. */
function timeless(value: unknown): unknown {
  if (typeof value === "string") return plain(value);
  if (typeof value === "number") return isTime(value) || isTime(value * 1000) ? "<time>" : value;
  if (Array.isArray(value)) return value.map(timeless);
  if (typeof value !== "object" || value === null) return value;
  // In order: two who change one record in turn leave the same, whoever was first.
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, each]) => [plain(name), timeless(each)]));
}
