import type { SellerSettings } from "../contracts/seller.ts";
import type { BroadcastMail } from "../contracts/broadcast.ts";
import { loadImages, type MailImages } from "../email/mail-images.ts";
import { imagesOf, renderMail } from "../email/render-mail.tsx";
import { sendMail, type MailEffect, type MailOutcome } from "../email/send-mail.ts";
import type { JobContext } from "../engine/job-context.ts";
import type { ItemContext, SweepPage } from "../engine/sweep.ts";
import { describeError } from "../errors/describe-error.ts";
import { EffectRefusedError, PermanentError } from "../errors/job-errors.ts";
import { Continue, Snooze } from "../errors/postponements.ts";
import type { Services } from "../lambda/compose-services.ts";
import type { Parsed } from "../records/record.ts";
import { recipientIdOf } from "../records/suppression.ts";
import type { BroadcastRecipient } from "./audience.ts";
import { readMail, readPage } from "./broadcast-files.ts";
import { readBroadcast, type Broadcast } from "./broadcast-record.ts";
import { MailPress, type Reader } from "./mail-press.ts";
import { claimRecipient, noteCancelled, noteRecipientResult, type RecipientResult } from "./recipient-results.ts";
import { unsubscribeUrl } from "./unsubscribe.ts";

/** Recipients between two checkpoints: they stand on the job's row while they are mailed, each with its effect. */
const SLICE = 5;
/** The same where nobody is mailed any more: no effects. */
const CANCELLED_SLICE = 50;
const SHORTEST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 10 * 60_000;

export interface PageToMail {
  readonly broadcastId: string;
  readonly page: number;
}

type PageJob = Pick<JobContext<PageToMail>, "id" | "payload" | "log" | "signal" | "sweep">;

/** A recipient whose turn it is. */
interface Turn {
  readonly recipient: BroadcastRecipient;
  readonly recipientId: string;
  readonly isCancelled: boolean;
}

/**
 * Mails one page of a broadcast, each recipient once.
 *
 * ```
 * claim (create-once) ──► mail (an effect) ──► result ──► checkpoint, every five
 * died after the claim:  it is this job's own, and the next attempt goes on with it
 * died after the mail:   its effect stands on the row; SES's receipt says whether it went out
 * cancelled after the claim:  what a mail that was begun came to is noted, and none is sent
 * another job over the same broadcast:  finds the claim or the result, and leaves the recipient alone
 * ```
 *
 * @throws Snooze while the broadcast is paused, or the account's limiter wants it; what SES or DynamoDB failed with.
 */
export async function mailPage(job: PageJob, services: Services) {
  const { broadcastId, page } = job.payload;
  const broadcast = await broadcastOf(services, broadcastId);
  const recipients = await readPage(services.files, broadcast, page);
  const press = await openPress(job, services, broadcast);
  return job.sweep("recipients", {
    concurrency: SLICE,
    key: ({ recipientId }: Turn) => recipientId,
    page: async (from: number = 0) => sliceOf(recipients, from, await stateNow(services, broadcastId)),
    each: (turn, { effect }) => takeTurn({ job, services, press }, turn, effect),
  });
}

async function broadcastOf({ records }: Pick<Services, "records">, broadcastId: string): Promise<Broadcast> {
  const known = await readBroadcast(records, broadcastId);
  if (known !== undefined) return known.body;
  const message = `There is no record of broadcast ${broadcastId}. Pages are enqueued by \`email_broadcast\` only.`;
  throw new PermanentError("BROADCAST_UNKNOWN", message);
}

/**
 * Whether to go on: asked before each slice, so that a pause or a cancel takes hold within seconds.
 *
 * @throws Snooze during a pause: until half as long as it has lasted has passed again. Who resumes soon waits for seconds,
 *   and the hundreds of pages of a long pause cost next to nothing.
 */
async function stateNow({ records, clock }: Services, broadcastId: string): Promise<Broadcast["state"]> {
  const { state, stateSince } = await broadcastOf({ records }, broadcastId);
  if (state !== "paused") return state;
  const pausedMs = clock.now() - Date.parse(stateSince);
  throw new Snooze({ delayMs: Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, pausedMs / 2)) });
}

/** Behind the last slice there is nobody; a slice's place is its first recipient's. */
function sliceOf(
  recipients: readonly BroadcastRecipient[],
  from: number,
  state: Broadcast["state"],
): SweepPage<Turn, number> {
  const isCancelled = state === "cancelled";
  const next = from + (isCancelled ? CANCELLED_SLICE : SLICE);
  const items = recipients
    .slice(from, next)
    .map((recipient) => ({ recipient, recipientId: recipientIdOf(recipient.email), isCancelled }));
  return { items, ...(next < recipients.length && { next }) };
}

/** All that is the same for the page's recipients. */
interface Press {
  readonly kind: BroadcastMail["type"];
  readonly mail: MailPress;
  readonly defaultLocale: string;
  readonly settings: SellerSettings;
  readonly images: MailImages;
}

async function openPress(job: PageJob, { files, settings: reader }: Services, broadcast: Broadcast): Promise<Press> {
  const [settings, mail] = await Promise.all([reader.read(), readMail(files, broadcast)]);
  const images = await loadImages(files, keysOf(mail, settings), job.log);
  const context = { settings, images: images.images };
  return {
    kind: mail.type,
    mail: new MailPress((given) => renderFor(mail, given, context)),
    defaultLocale: mail.data.locale ?? settings.locale,
    settings,
    images,
  };
}

interface Work {
  readonly job: PageJob;
  readonly services: Services;
  readonly press: Press;
}

/** @throws the recipient's own error, which is on record then; what ends the attempt. */
async function takeTurn(work: Work, turn: Turn, effect: ItemContext["effect"]): Promise<void> {
  try {
    const claimed = await claimFor(work, turn);
    if (claimed === undefined) return;
    await (turn.isCancelled ? concludeFor : mailTo)(work, turn, { effect, claimed });
  } catch (error) {
    throw asOutcome(error);
  }
}

/** Nothing when the recipient is somebody else's, or has been seen to. */
async function claimFor(
  { job, services }: Work,
  { recipientId, isCancelled }: Turn,
): Promise<Parsed<RecipientResult> | undefined> {
  const { broadcastId, page } = job.payload;
  const of = { broadcastId, recipientId };
  const at = isoNow(services);
  if (isCancelled) {
    const known = await noteCancelled(services.records, of, { page, at });
    // Claimed before the cancel: the mail may be out, and only its effect knows.
    if (!isMine(known, job)) return undefined;
  }
  const claimed = await claimRecipient(services.records, of, { page, at, jobId: job.id });
  return isMine(claimed.body, job) ? claimed : undefined;
}

const isMine = ({ status, jobId }: RecipientResult, { id }: PageJob): boolean => status === "sending" && jobId === id;

/** What a turn is taken with, once its recipient is this job's. */
interface Claim {
  readonly effect: MailEffect;
  readonly claimed: Parsed<RecipientResult>;
}

type Result = Pick<RecipientResult, "status" | "reason" | "messageId">;

function noteResult({ job, services }: Work, recipientId: string, { claimed }: Claim, result: Result): Promise<void> {
  const { broadcastId, page } = job.payload;
  const of = { broadcastId, recipientId };
  return noteRecipientResult(services.records, of, { ...result, page, at: isoNow(services) }, claimed);
}

/**
 * The broadcast was cancelled after the claim, which comes long before the mail where the account's limiter wants it to wait:
 * only looks what became of a mail that was begun. Nothing is sent any more.
 */
async function concludeFor(work: Work, { recipientId }: Turn, claim: Claim): Promise<void> {
  const send = () => Promise.reject(new BroadcastCancelledError());
  try {
    const { id } = await claim.effect({ onUnknown: "resend", send });
    await noteResult(work, recipientId, claim, { status: "sent", messageId: id });
  } catch (error) {
    if (!(error instanceof BroadcastCancelledError)) throw error;
    await noteResult(work, recipientId, claim, { status: "cancelled" });
  }
}

/** In place of a mail that would have been sent (again). */
class BroadcastCancelledError extends EffectRefusedError {
  constructor() {
    super("BROADCAST_CANCELLED", "The broadcast was cancelled before the mail was sent.", { isPermanent: true });
  }
}

async function mailTo(work: Work, { recipient, recipientId }: Turn, claim: Claim): Promise<void> {
  const { job, services, press } = work;
  const { broadcastId } = job.payload;
  const note = (result: Result) => noteResult(work, recipientId, claim, result);
  const link = await unsubscribeUrl(services.links, { broadcastId, recipientId });
  const { name, email, locale = press.defaultLocale } = recipient;
  const outcome = await sendMail(job, services, claim.effect, {
    kind: press.kind,
    to: { ...(name !== undefined && { name }), address: email },
    render: () => press.mail.print({ name, locale, unsubscribeUrl: link }),
    settings: press.settings,
    sender: "marketing",
    attachments: press.images.attachments,
    broadcast: { id: broadcastId, unsubscribeUrl: link },
  }).catch(async (error: unknown) => {
    if (isForGood(error)) await note({ status: "failed", reason: describeError(error).code });
    throw error;
  });
  // Died here: mailed, and not on record. The receipt stands on the row, or SES's event says so.
  await note(resultOf(outcome));
}

const resultOf = (outcome: MailOutcome): Result =>
  "notSent" in outcome
    ? { status: "not_sent", reason: outcome.notSent }
    : { status: "sent", messageId: outcome.messageId };

/** This recipient cannot be mailed, whoever tries: their address, or SES's word on it. */
const isForGood = (error: unknown): boolean =>
  error instanceof PermanentError || (error instanceof EffectRefusedError && error.isPermanent);

/**
 * What ends the attempt: everything but a recipient's own error. A sweep would count a read of a table that failed as the
 * recipient's, and go on without them.
 */
function asOutcome(error: unknown): unknown {
  if (isForGood(error) || error instanceof EffectRefusedError) return error;
  if (error instanceof Snooze || error instanceof Continue) return error;
  const message = "A recipient could not be seen to the end. The next attempt goes on with them.";
  return new EffectRefusedError("RECIPIENT_UNFINISHED", message, { isPermanent: false, cause: error });
}

const isoNow = ({ clock }: Pick<Services, "clock">): string => new Date(clock.now()).toISOString();

/** Each kind with its own data: TypeScript cannot follow a union through `renderMail`'s type parameter. */
function renderFor(
  mail: BroadcastMail,
  { name, locale, unsubscribeUrl: link }: Reader,
  context: Pick<Parameters<typeof renderMail>[2], "settings" | "images">,
): ReturnType<typeof renderMail> {
  const reader = { email: NOBODY, locale, ...(name !== undefined && { name }) };
  const full = { ...context, locale, unsubscribeUrl: link };
  return mail.type === "marketing"
    ? renderMail(mail.type, { ...mail.data, ...reader }, full)
    : renderMail(mail.type, { ...mail.data, ...reader }, full);
}

const keysOf = (mail: BroadcastMail, settings: SellerSettings): readonly string[] =>
  mail.type === "marketing"
    ? imagesOf(mail.type, { ...mail.data, email: NOBODY }, settings)
    : imagesOf(mail.type, { ...mail.data, email: NOBODY }, settings);

/** The mails' text names no address, so that one rendering does for all. */
const NOBODY = "reader@example.invalid";
