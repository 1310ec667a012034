import { EventEmitter } from "node:events";

/** One message as the stand-in for Twilio took it over. */
export interface StoredMessage {
  readonly sid: string;
  readonly channel: "sms" | "whatsapp";
  /** Without `whatsapp:`; empty while a messaging service has not chosen one. */
  readonly from: string;
  readonly messagingServiceSid?: string;
  /** Without `whatsapp:`. */
  readonly to: string;
  /** The words; a template's variables in words, for its own text lies with Meta. */
  readonly body: string;
  readonly contentSid?: string;
  readonly createdAt: Date;
  readonly status: string;
  readonly errorCode?: number;
  /** As Twilio writes it: a decimal below zero. Absent until the message is billed. */
  readonly price?: string;
  readonly statusCallback?: string;
}

/** Every message that was taken since the start, oldest first. */
export class MessageStore {
  readonly #messages = new Map<string, StoredMessage>();
  readonly #events = new EventEmitter<{ change: [StoredMessage] }>();

  add(message: StoredMessage): void {
    this.#messages.set(message.sid, message);
    this.#events.emit("change", message);
  }

  /** @returns the message as it is now. */
  change(sid: string, change: Pick<StoredMessage, "status"> & Partial<StoredMessage>): StoredMessage | undefined {
    const message = this.find(sid);
    if (message === undefined) return undefined;
    const changed = { ...message, ...change };
    this.add(changed);
    return changed;
  }

  all(): readonly StoredMessage[] {
    return [...this.#messages.values()];
  }

  find(sid: string): StoredMessage | undefined {
    return this.#messages.get(sid);
  }

  /** Hears of each new message and of each change of one. */
  onChange(listener: (message: StoredMessage) => void): void {
    this.#events.on("change", listener);
  }
}
