import { SendRawEmailCommand, SESServiceException, type SESClient } from "@aws-sdk/client-ses";

import { MAIL_TAGS } from "../contracts/mail-tags.ts";
import { recipientIdOf } from "../contracts/recipient-id.ts";
import { EffectRefusedError } from "../errors/job-errors.ts";
import type { Mailer, OutgoingMail } from "../ports/mailer.ts";

/** Names of SES errors that another attempt would get again (API_SendRawEmail, "Errors"). */
const PERMANENT_REFUSALS = new Set(["MessageRejected", "InvalidParameterValue"]);

/** Node's codes of a connection that never came about: nothing was sent. Others also end connections that were open. */
const NEVER_CONNECTED = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"]);

/** Both under the names of throttling: only the message tells the day's quota from the rate (SES guide, "Sending quota errors"). */
const DAILY_QUOTA = /daily message quota/i;
/** `Email address is not verified. The following identities failed the check …` (SES troubleshooting guide). */
const NOT_VERIFIED = /not verified/i;

/** Mail through SES, tagged so that its delivery events find their way back: to the effect, the recipient and the statistics. */
export class SesMailer implements Mailer {
  readonly #client: SESClient;
  readonly #configurationSet: string;

  constructor(client: SESClient, configurationSet: string) {
    this.#client = client;
    this.#configurationSet = configurationSet;
  }

  async send(mail: OutgoingMail): Promise<{ readonly id: string }> {
    const { raw, from, to } = mail;
    try {
      const { MessageId } = await this.#client.send(
        new SendRawEmailCommand({
          RawMessage: { Data: raw },
          Source: from,
          Destinations: [to],
          ConfigurationSetName: this.#configurationSet,
          Tags: tagsOf(mail),
        }),
      );
      if (MessageId === undefined) throw new Error("SES answered without a message id.");
      return { id: MessageId };
    } catch (error) {
      throw asRefusal(error) ?? error;
    }
  }
}

/** All five, always: an EventBridge path to a tag that is not there would give an empty text. */
function tagsOf({ jobId, effect, to, kind = "other", broadcastId = "none" }: OutgoingMail) {
  return [
    { Name: MAIL_TAGS.job, Value: jobId },
    { Name: MAIL_TAGS.effect, Value: effect },
    { Name: MAIL_TAGS.recipient, Value: recipientIdOf(to) },
    { Name: MAIL_TAGS.kind, Value: kind },
    { Name: MAIL_TAGS.broadcast, Value: broadcastId },
  ];
}

/** SES gives several causes one name; those that are about the account, not about the mail, get codes of their own. */
function codeOf({ name, message }: SESServiceException): string {
  if (DAILY_QUOTA.test(message)) return "DAILY_QUOTA_EXCEEDED";
  // The sender's domain, or in the sandbox the recipient: a person mends it, and then the same mail can be sent.
  return NOT_VERIFIED.test(message) ? "IDENTITY_NOT_VERIFIED" : name;
}

/** A definite refusal: a 4xx answer (throttling included), or no connection at all. A 5xx or a time-out proves nothing. */
function asRefusal(error: unknown): EffectRefusedError | undefined {
  if (error instanceof SESServiceException && error.$fault === "client") {
    const code = codeOf(error);
    const isPermanent = PERMANENT_REFUSALS.has(code);
    return new EffectRefusedError(code, `SES refused the mail (${code}).`, { isPermanent, cause: error });
  }
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (!NEVER_CONNECTED.has(code)) return undefined;
  return new EffectRefusedError(code, `SES could not be reached (${code}).`, { isPermanent: false, cause: error });
}
