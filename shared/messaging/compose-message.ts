import type { SellerSettings } from "../contracts/seller.ts";
import type { TemplateFill, TextMessagePayload } from "../contracts/text-message.ts";
import { mailLocale } from "../email/mail-locale.ts";
import { PermanentError } from "../errors/job-errors.ts";
import type { Channel, OutgoingMessage } from "../ports/messenger.ts";
import { factsOf, numberedVariables } from "./message-facts.ts";
import { wordsOf } from "./message-words.ts";
import { plainText } from "./plain-text.ts";

/** What a message says, and who says it. */
export type ComposedMessage = Pick<OutgoingMessage, "channel" | "from" | "to" | "content">;

/**
 * A payload as the seller's settings make a message of it.
 *
 * @throws PermanentError `MESSAGING_NOT_CONFIGURED` without a sender, `MESSAGE_TEMPLATE_MISSING` for a WhatsApp template that
 *   the settings do not name.
 */
export function composeMessage(payload: TextMessagePayload, seller: SellerSettings, channel: Channel): ComposedMessage {
  const { to, content, locale = seller.locale } = payload;
  const from = senderOf(seller, channel);
  if ("text" in content) return { channel, from, to, content: { text: plainText(content.text) } };
  if (channel === "whatsapp") return { channel, from, to, content: templateOf(content, seller, locale) };
  return { channel, from, to, content: { text: wordsOf(content.template, factsOf(content, seller, locale), locale) } };
}

const SENDERS = { sms: "smsFrom", whatsapp: "whatsappFrom" } as const satisfies Record<Channel, string>;

function senderOf({ messaging }: SellerSettings, channel: Channel): string {
  const setting = SENDERS[channel];
  const from = messaging?.[setting];
  if (from !== undefined) return from;
  throw new PermanentError(
    "MESSAGING_NOT_CONFIGURED",
    `The seller's settings name no sender for this channel. Set messaging.${setting}, then replay the job.`,
  );
}

/**
 * The approved template in the reader's language (`booking_reminder_nl`), or the one for everybody (`booking_reminder`), whose
 * times and amounts are then written as the seller writes them: a message is never half in one language and half in another.
 */
function templateOf(fill: TemplateFill, seller: SellerSettings, locale: string): OutgoingMessage["content"] {
  const { template } = fill;
  const templates = seller.messaging?.whatsappTemplates ?? {};
  const own = templates[`${template}_${mailLocale(locale).language}`];
  const contentSid = own ?? templates[template];
  if (contentSid === undefined) {
    throw new PermanentError(
      "MESSAGE_TEMPLATE_MISSING",
      `The seller's settings name no WhatsApp template ${template}. Have one approved, put its content id into ` +
        `messaging.whatsappTemplates.${template}, then replay the job.`,
    );
  }
  const facts = factsOf(fill, seller, own === undefined ? seller.locale : locale);
  return { contentSid, variables: numberedVariables(template, facts) };
}
