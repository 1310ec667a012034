import { secretsClient } from "../aws/clients.ts";
import { EffectRefusedError, PermanentError } from "../errors/job-errors.ts";
import { ASSUMED_CLOCK_SKEW_SECONDS } from "../job/job-times.ts";
import type { EpochMs } from "../job/job.ts";
import type { Engine } from "../lambda/compose-engine.ts";
import type { Channel, MessageReport, Messenger, OutgoingMessage } from "../ports/messenger.ts";
import { statusCallbackUrl } from "./status-callback.ts";
import { type MessageResource, TwilioApi } from "./twilio-api.ts";
import { SecretsManagerTwilioSecret } from "./twilio-credentials.ts";

/** Twilio's largest page would be 1,000; nobody gets a hundred messages in the minutes that a search looks back. */
const MOST_SEARCHED = 100;

export interface TwilioMessengerOptions {
  readonly api: Pick<TwilioApi, "createMessage" | "fetchMessage" | "listMessages">;
  /** Where the HTTP API is reached from outside; status callbacks come there. */
  readonly publicUrl: string;
}

/** WhatsApp and SMS through Twilio. Each message carries its job and effect in the address of its status callbacks. */
export class TwilioMessenger implements Messenger {
  readonly #options: TwilioMessengerOptions;

  constructor(options: TwilioMessengerOptions) {
    this.#options = options;
  }

  async send(message: OutgoingMessage): Promise<{ readonly id: string }> {
    const { api, publicUrl } = this.#options;
    const parameters = new URLSearchParams({
      To: addressOf(message.channel, message.to),
      StatusCallback: statusCallbackUrl(publicUrl, message),
      ...senderOf(message),
      ...contentOf(message),
    });
    const { sid } = await api.createMessage(parameters);
    return { id: sid };
  }

  async report(id: string): Promise<MessageReport | undefined> {
    const resource = await asQuestion(() => this.#options.api.fetchMessage(id));
    return resource === undefined ? undefined : reportOf(resource);
  }

  async findSent(message: OutgoingMessage, since: EpochMs): Promise<readonly MessageReport[]> {
    const to = addressOf(message.channel, message.to);
    const earliest = since - ASSUMED_CLOCK_SKEW_SECONDS * 1000;
    const latest = await asQuestion(() => this.#options.api.listMessages(to, MOST_SEARCHED));
    return latest
      .filter(
        (resource) => createdAt(resource) >= earliest && isFrom(resource, message) && hasContent(resource, message),
      )
      .map(reportOf);
  }
}

/** The messenger of a function with `needs.messages`. */
export function twilioMessenger({ environment, clientSettings, clock }: Engine): Messenger {
  const secret = new SecretsManagerTwilioSecret(
    secretsClient(clientSettings),
    environment.TWILIO_SECRET_ID ?? "",
    clock,
  );
  const { timeoutMs } = clientSettings;
  const api = new TwilioApi({ baseUrl: environment.TWILIO_BASE_URL, secret, timeoutMs });
  return new TwilioMessenger({ api, publicUrl: environment.PUBLIC_URL ?? "" });
}

const addressOf = (channel: Channel, number: string): string =>
  channel === "whatsapp" ? `whatsapp:${number}` : number;

const isService = (from: string): boolean => from.startsWith("MG");

function senderOf({ channel, from }: OutgoingMessage): Record<string, string> {
  return isService(from) ? { MessagingServiceSid: from } : { From: addressOf(channel, from) };
}

function contentOf({ content }: OutgoingMessage): Record<string, string> {
  if ("text" in content) return { Body: content.text };
  return { ContentSid: content.contentSid, ContentVariables: JSON.stringify(content.variables) };
}

/** Outside of an effect a permanent refusal is simply a permanent error. */
async function asQuestion<Result>(ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof EffectRefusedError) || !error.isPermanent) throw error;
    throw new PermanentError(error.code, error.message, { cause: error.cause });
  }
}

function reportOf({
  sid,
  status,
  error_code: errorCode,
  price,
  price_unit: priceUnit,
}: MessageResource): MessageReport {
  return {
    id: sid,
    status,
    ...(typeof errorCode === "number" && errorCode !== 0 && { errorCode }),
    ...(price !== null && price !== undefined && { price: String(price).replace(/^-/, "") }),
    ...(price !== null &&
      price !== undefined &&
      typeof priceUnit === "string" && { priceUnit: priceUnit.toUpperCase() }),
  };
}

/** 0 where Twilio tells no time: such a message is nobody's. */
const createdAt = ({ date_created: text }: MessageResource): EpochMs => Date.parse(text ?? "") || 0;

/** A messaging service chooses its number only when it sends. */
function isFrom(resource: MessageResource, { channel, from }: OutgoingMessage): boolean {
  return isService(from) ? resource.messaging_service_sid === from : resource.from === addressOf(channel, from);
}

/**
 * Twilio tells a message's words, never its template: filled in, they hold the value of each variable. A trial account puts
 * words of its own in front.
 */
function hasContent({ body }: MessageResource, { content }: OutgoingMessage): boolean {
  const words = spaced(body ?? "");
  if ("text" in content) return words !== "" && words.endsWith(spaced(content.text));
  return words !== "" && Object.values(content.variables).every((value) => words.includes(spaced(value)));
}

const spaced = (text: string): string => text.replaceAll(/\s+/g, " ").trim();
