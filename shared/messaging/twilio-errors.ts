import { EffectRefusedError } from "../errors/job-errors.ts";

/** What one of Twilio's error codes means for us. */
export interface TwilioError {
  /** What is wrong, in words that go on with "because". */
  readonly what: string;
  /** What a person can do about it. */
  readonly todo: string;
  /** Another attempt may get through; all others would be refused again. */
  readonly isRetried?: true;
}

const MEND_NUMBER = "Correct the number, or do not write to it again.";
const MEND_SENDER = "Correct messaging.smsFrom or messaging.whatsappFrom in the settings, then replay the job.";
const MEND_TEMPLATE = "Compare the template in Twilio's console with messaging.whatsappTemplates in the settings.";
const MEND_ACCOUNT = "See to the account in Twilio's console, then replay the job.";
const NOTHING = "There is nothing to do; write to the person in another way if it matters.";

/**
 * The codes that sending meets: at once, in Twilio's answer, or later, in a message's report.
 * Source of each: its own page, twilio.com/docs/api/errors/<code>; those of WhatsApp also docs/whatsapp/api/error-code-mapping.
 */
export const TWILIO_ERRORS: Readonly<Record<number, TwilioError>> = {
  20003: { what: "the credentials are wrong or may not do this", todo: "Store the right ones in the Twilio secret." },
  20404: {
    what: "the account or the message does not exist",
    todo: "Compare the secret's accountSid with the console.",
  },
  20429: { what: "there were too many requests", todo: "It is tried again by itself.", isRetried: true },
  21211: { what: "the recipient's number is not valid", todo: MEND_NUMBER },
  21212: { what: "the sender's number is not valid", todo: MEND_SENDER },
  21408: {
    what: "the account may not send to that country",
    todo: "Allow the country under Messaging, Geo permissions in Twilio's console, then replay the job.",
  },
  21602: { what: "the message has no words", todo: MEND_TEMPLATE },
  21606: { what: "the sender's number is not an SMS-capable number of the account", todo: MEND_SENDER },
  21608: {
    what: "a trial account writes to verified numbers only",
    todo: "Upgrade the account, or verify the number.",
  },
  21609: { what: "the address for status callbacks is not valid", todo: "PUBLIC_URL must be reachable from outside." },
  21610: { what: "the person has opted out with STOP", todo: NOTHING },
  21611: { what: "the sender has too many messages waiting", todo: "It is tried again by itself.", isRetried: true },
  21612: { what: "the recipient cannot be reached from this sender", todo: MEND_SENDER },
  21614: { what: "the recipient's number is not a mobile one", todo: MEND_NUMBER },
  21617: { what: "the message is longer than 1,600 characters", todo: "Shorten the words." },
  21655: { what: "the content id of the template is not valid", todo: MEND_TEMPLATE },
  21656: { what: "the template's variables are not right", todo: MEND_TEMPLATE },
  21660: { what: "the sender's number belongs to another account", todo: MEND_SENDER },
  21701: { what: "the messaging service does not exist", todo: MEND_SENDER },
  21703: { what: "the messaging service has no number that can send", todo: MEND_ACCOUNT },
  21910: { what: "sender and recipient are not of the same channel", todo: MEND_SENDER },
  30001: { what: "too many messages were waiting", todo: "Enqueue the message again later.", isRetried: true },
  30002: { what: "the account was suspended", todo: MEND_ACCOUNT },
  30003: { what: "the phone is off or out of reach", todo: NOTHING },
  30004: { what: "the message was blocked", todo: NOTHING },
  30005: { what: "the number is unknown or no longer exists", todo: MEND_NUMBER },
  30006: { what: "it is a landline, or its carrier cannot be reached", todo: MEND_NUMBER },
  30007: {
    what: "a carrier filtered the message out",
    todo: "Read the carrier's rules on Twilio's page of this code.",
  },
  30008: { what: "the carrier gave no reason", todo: NOTHING },
  30034: { what: "the sender is not registered for messages to the USA", todo: MEND_ACCOUNT },
  63001: { what: "WhatsApp does not know the sender's credentials", todo: MEND_ACCOUNT },
  63003: { what: "the recipient is not on WhatsApp", todo: MEND_NUMBER },
  63005: { what: "WhatsApp did not accept the content", todo: MEND_TEMPLATE },
  63007: { what: "the account has no WhatsApp sender of that number", todo: MEND_SENDER },
  63013: { what: "the message is against WhatsApp's rules", todo: MEND_TEMPLATE },
  63015: { what: "the sandbox writes only to phones that have joined it", todo: "Join the sandbox from that phone." },
  63016: {
    what: "words of one's own are only allowed within 24 hours after the person wrote",
    todo: "Use an approved template.",
  },
  63018: { what: "WhatsApp's rate limit was reached", todo: "Enqueue the message again later.", isRetried: true },
  63024: { what: "the recipient's number is not valid on WhatsApp", todo: MEND_NUMBER },
  63032: { what: "WhatsApp does not deliver this message to this person", todo: NOTHING },
  63033: { what: "the person has blocked the sender", todo: NOTHING },
  63038: { what: "the account's daily limit was reached", todo: "Replay the job tomorrow, or have the limit raised." },
  63049: { what: "Meta chose not to deliver this marketing message", todo: NOTHING },
  63051: { what: "the WhatsApp account is restricted or locked", todo: MEND_ACCOUNT },
};

const UNLISTED: TwilioError = { what: "a reason that is not in our list", todo: "Read Twilio's page of this code." };

/** Twilio's code for a person who has answered STOP. */
const OPTED_OUT = 21610;

/** What a code says, for logs and notes: never Twilio's own words, which hold the numbers. */
export function describeTwilioError(code: number): string {
  const { what, todo } = TWILIO_ERRORS[code] ?? UNLISTED;
  return `${code}: ${what}. ${todo} See twilio.com/docs/api/errors/${code}.`;
}

/**
 * What Twilio's answer says about a message that was to be sent: a definite refusal, or nothing, when nobody can know.
 *
 * 4xx is a refusal, 429 one that is tried again. A 408 and any 5xx prove nothing: the message may have been taken before.
 */
export function refusalOf(status: number, code: number | undefined): EffectRefusedError | undefined {
  if (status < 400 || status >= 500 || status === 408) return undefined;
  const known = code === undefined ? undefined : TWILIO_ERRORS[code];
  const isPermanent = status !== 429 && known?.isRetried !== true;
  const reason = code === undefined ? `HTTP ${status}. Look into Twilio's console.` : describeTwilioError(code);
  return new EffectRefusedError(`TWILIO_${code ?? status}`, `Twilio refused the request, ${reason}`, { isPermanent });
}

/** Whether a person does not want messages any more: an answer to respect, not an error to mend. */
export const isOptOut = (error: unknown): boolean =>
  error instanceof EffectRefusedError && error.code === `TWILIO_${OPTED_OUT}`;
