import { recipientIdOf } from "../contracts/recipient-id.ts";
import type { JobContext } from "../engine/job-context.ts";
import type { ItemContext } from "../engine/sweep.ts";
import { EffectRefusedError, PermanentError } from "../errors/job-errors.ts";
import { Snooze } from "../errors/postponements.ts";
import { suppressionOf, type NotSent } from "../records/suppression.ts";
import { fitMail } from "./fit-mail.ts";
import { senderOf, type MailServices, type MailToSend } from "./mail-to-send.ts";

export type { NotSent } from "../records/suppression.ts";
export type { MailServices, MailToSend } from "./mail-to-send.ts";

export type MailOutcome = { readonly messageId: string } | NotSent;

/** Where the mail's effect is begun: in the job, under a name, or in a sweep's item. */
export type MailEffect = JobContext<unknown>["effect"] extends (name: string, options: infer Options) => infer Receipt
  ? (options: Options) => Receipt
  : ItemContext["effect"];

/** How SES says "slow down"; the last one is ours, for the day's quota. */
const SLOW_DOWN_MS: Readonly<Record<string, number>> = {
  Throttling: 5_000,
  ThrottlingException: 5_000,
  TooManyRequestsException: 5_000,
  DAILY_QUOTA_EXCEEDED: 15 * 60_000,
};

/** The recipient is on the suppression list. */
class SuppressedError extends EffectRefusedError {
  readonly outcome: NotSent;

  constructor(outcome: NotSent) {
    const why = `${outcome.notSent} since ${outcome.since}`;
    super("RECIPIENT_SUPPRESSED", `The recipient is on the suppression list (${why}).`, { isPermanent: true });
    this.outcome = outcome;
  }
}

/**
 * Sends one mail, once: the only way in which a handler does so.
 *
 * ```
 * compose ──► wait for the account's turn ──► intent ──► suppression list ──► SES ──► receipt
 * ```
 *
 * What goes wrong before the intent has certainly sent nothing. The suppression list is asked behind it, as near to the
 * send as can be; and never for a mail that has a receipt, so that "sent" stays true whatever is listed later (the very
 * mail's own bounce, say). A slot that was waited for and not used is lost; no mail is.
 *
 * @param effect begins the mail's effect: `(options) => job.effect("mail", options)`, or a sweep item's `effect`.
 * @returns the mail's id, or why it was not sent.
 * @throws Snooze when it is not this mail's turn yet: let it pass. MailRefusedError, PermanentError `MAIL_TOO_LARGE`.
 */
export async function sendMail(
  job: Pick<JobContext<unknown>, "id" | "log" | "signal">,
  services: MailServices,
  effect: MailEffect,
  mail: MailToSend,
): Promise<MailOutcome> {
  const { subject, raw } = await fitMail(services, job.id, mail);
  await services.mailPace.turn({ isBulk: mail.broadcast !== undefined, signal: job.signal });
  try {
    const { id } = await effect({
      // A broadcast's row holds a page of them: what they have in common stands on the broadcast.
      ...(mail.broadcast === undefined && { what: subject, to: mail.to.address }),
      onUnknown: "resend",
      send: (attempt) => sendUnlessSuppressed(services, attempt, { ...mail, raw }),
    });
    return { messageId: id };
  } catch (error) {
    if (error instanceof SuppressedError) return notSent(job, mail, error.outcome);
    throw postponed(error) ?? error;
  }
}

async function sendUnlessSuppressed(
  { records, mailer }: MailServices,
  attempt: Parameters<Parameters<MailEffect>[0]["send"]>[0],
  { raw, to, kind, broadcast, ...mail }: MailToSend & { readonly raw: Uint8Array },
): Promise<{ readonly id: string }> {
  const isMarketing = broadcast !== undefined;
  const suppressed = await suppressionOf(records, recipientIdOf(to.address), { isMarketing }).catch(refuse);
  if (suppressed !== undefined) throw new SuppressedError(suppressed);
  return mailer.send({
    ...attempt,
    raw,
    from: senderOf(mail).address,
    to: to.address,
    kind,
    ...(broadcast !== undefined && { broadcastId: broadcast.id }),
  });
}

/** The list could not be read: nothing was sent, so no receipt is to be waited for. */
function refuse(error: unknown): never {
  const message = "The suppression list could not be read, so the mail was not sent.";
  const isPermanent = error instanceof PermanentError;
  throw new EffectRefusedError("SUPPRESSION_UNREADABLE", message, { isPermanent, cause: error });
}

/** Transactional mail says on its job why nobody got it; a broadcast does on the recipient's result. */
function notSent(
  { log }: Pick<JobContext<unknown>, "log">,
  { broadcast, kind }: MailToSend,
  outcome: NotSent,
): NotSent {
  if (broadcast === undefined) {
    log.warn("The mail was not sent: its recipient is on the suppression list.", { mailKind: kind, ...outcome });
  }
  return outcome;
}

/** Being told to slow down is no failure: it uses up no attempt. Anything else is left as it is. */
function postponed(error: unknown): Snooze | undefined {
  if (!(error instanceof EffectRefusedError)) return undefined;
  const delayMs = SLOW_DOWN_MS[error.code];
  return delayMs === undefined ? undefined : new Snooze({ delayMs });
}
