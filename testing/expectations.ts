import { isDeepStrictEqual } from "node:util";

import type { JobDefinition } from "../shared/job/define-job.ts";
import type { Channel } from "../shared/ports/messenger.ts";
import type { ReceivedMail } from "./fake-mailer.ts";
import type { SentMessage } from "../test/support/memory-messenger.ts";
import { wordsOf } from "./fake-messenger.ts";
import type { EffectSeen, OtherJob } from "./job-seen.ts";
import { TestKitError } from "./kit-error.ts";
import type { TestRun } from "./test-run.ts";

// For any test framework: each returns what it has found, and throws with what was there instead.

/**
 * The job has completed.
 *
 * @returns what its handler returned.
 * @throws TestKitError with what the handler threw as its `cause`.
 */
export function expectCompleted(run: TestRun): unknown {
  if (run.status === "completed") return run.result;
  const why = run.error === undefined ? "" : ` ${run.error.code}: ${run.error.message}`;
  throw new TestKitError(`Job ${run.id} is ${run.status}, not completed.${why}`, { cause: run.thrown.at(-1) });
}

/**
 * The effect happened, and was sent once.
 *
 * @returns the effect.
 */
export function expectEffectOnce({ id, effects }: TestRun, name: string): EffectSeen {
  const effect = effects[name];
  if (effect === undefined) {
    throw new TestKitError(`Job ${id} has no effect "${name}". ${listed("It has", Object.keys(effects))}`);
  }
  const { state, sends } = effect;
  if (state === "done" && sends === 1) return effect;
  throw new TestKitError(`The effect "${name}" of job ${id} is ${state}, and was sent ${times(sends)}.`);
}

/** Nothing happened outside: no effect was sent, no mail or message went out, nothing was stored or enqueued. */
export function expectNothingDone({ id, effects, mails, messages, files, enqueued }: TestRun): void {
  const done = [
    ...Object.values(effects).flatMap(({ name, sends }) => (sends > 0 ? [`effect ${name}`] : [])),
    ...mails.map(({ subject }) => `mail "${subject}"`),
    ...messages.map((message) => `message ${wordsOf(message)}`),
    ...files.map(({ bucket, key }) => `file ${bucket}/${key}`),
    ...enqueued.map((job) => `job ${job.id}`),
  ];
  if (done.length > 0) throw new TestKitError(`Job ${id} was to do nothing. ${listed("It did", done)}`);
}

/**
 * Exactly one mail went out that is so.
 *
 * @returns the mail.
 */
export function expectMail(
  { mails }: TestRun,
  wanted: { readonly to?: string; readonly subject?: string | RegExp } = {},
): ReceivedMail {
  const { to, subject } = wanted;
  const isWanted = (mail: ReceivedMail) =>
    (to === undefined || mail.to === to) &&
    (subject === undefined || (typeof subject === "string" ? mail.subject === subject : subject.test(mail.subject)));
  const [mail, ...more] = mails.filter(isWanted);
  if (mail !== undefined && more.length === 0) return mail;
  const sent = mails.map((each) => `"${each.subject}" to ${each.to}`);
  const what = [to, subject].filter((each) => each !== undefined).join(", ");
  throw new TestKitError(
    `${times(more.length + (mail ? 1 : 0))} a mail (${what}) went out, not once. ${listed("Sent", sent)}`,
  );
}

/**
 * Exactly one WhatsApp or SMS message went out that is so.
 *
 * @returns the message.
 */
export function expectMessage(
  { messages }: TestRun,
  { to, channel }: { readonly to?: string; readonly channel?: Channel } = {},
): SentMessage {
  const isWanted = (message: SentMessage) =>
    (to === undefined || message.to === to) && (channel === undefined || message.channel === channel);
  const [message, ...more] = messages.filter(isWanted);
  if (message !== undefined && more.length === 0) return message;
  const sent = messages.map((each) => `${each.channel} ${wordsOf(each)} to ${each.to}`);
  const what = [channel, to].filter((each) => each !== undefined).join(", ");
  throw new TestKitError(
    `${times(more.length + (message ? 1 : 0))} a message (${what}) went out, not once. ${listed("Sent", sent)}`,
  );
}

/**
 * Exactly one job of the type was enqueued; with `payload`, exactly one with that payload.
 *
 * @returns the job.
 */
export function expectEnqueued<Payload>(
  { enqueued }: TestRun,
  { type }: JobDefinition<Payload>,
  payload?: NoInfer<Payload>,
): OtherJob {
  const ofType = enqueued.filter((job) => job.type === type);
  const wanted = ofType.filter((job) => payload === undefined || isDeepStrictEqual(job.payload, payload));
  const [job, ...more] = wanted;
  if (job !== undefined && more.length === 0) return job;
  const found = enqueued.map((each) => `${each.type} ${JSON.stringify(each.payload)}`);
  throw new TestKitError(
    `A job of type ${type} was enqueued ${times(wanted.length)}, not once. ${listed("Enqueued", found)}`,
  );
}

const times = (count: number): string => (count === 1 ? "once" : count === 0 ? "never" : `${count} times`);
const listed = (what: string, items: readonly string[]): string =>
  `${what}: ${items.length === 0 ? "nothing" : items.join("; ")}.`;
