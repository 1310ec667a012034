import type { EpochMs } from "../job/job.ts";

/** How a message goes. */
export type Channel = "sms" | "whatsapp";

/** A message to one person. */
export interface OutgoingMessage {
  readonly channel: Channel;
  /** Sender: a number in E.164 form, or a messaging service's id. */
  readonly from: string;
  /** E.164. */
  readonly to: string;
  /** The words, or a template that WhatsApp has approved with its variables. */
  readonly content:
    | { readonly text: string }
    | { readonly contentSid: string; readonly variables: Readonly<Record<string, string>> };
  /** Whose effect it is: comes back with the message's status callbacks. */
  readonly jobId: string;
  readonly effect: string;
}

/** What the provider knows of a message. */
export interface MessageReport {
  readonly id: string;
  /** As the provider names it: `queued`, `sent`, `delivered`, `undelivered`, `failed`. */
  readonly status: string;
  /** The provider's code, where something went wrong. */
  readonly errorCode?: number;
  /** What it cost, as a decimal in `priceUnit`; absent until the provider has billed it. */
  readonly price?: string;
  /** ISO 4217. */
  readonly priceUnit?: string;
}

/** WhatsApp and SMS. `send` is only to be used by an effect's `send`: it neither retries nor remembers. */
export interface Messenger {
  /**
   * Hands a message over, once.
   *
   * @throws EffectRefusedError when it was certainly not taken; any other error means that nobody knows.
   */
  send(message: OutgoingMessage): Promise<{ readonly id: string }>;
  /** @returns what became of a message; `undefined` when the provider does not know it. */
  report(id: string): Promise<MessageReport | undefined>;
  /**
   * Messages that were taken since then with the same sender, recipient and words, newest first. Another job may have sent
   * the same words to the same person: whoever asks has to tell them apart.
   */
  findSent(message: OutgoingMessage, since: EpochMs): Promise<readonly MessageReport[]>;
}
