import { getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";

import { endingOf } from "./fates.ts";
import type { MessageStore, StoredMessage } from "./message-store.ts";
import { segmentsOf } from "./twilio-answers.ts";

/** What one segment costs here, in dollars. */
const SEGMENT_PRICE = 0.0079;
const MOST_RETRIES = 5;

export interface StatusCallbacksOptions {
  readonly store: MessageStore;
  readonly credentials: () => TwilioAccount;
  /** Milliseconds between a message's statuses, and between two tries of a callback. */
  readonly lagMs: number;
  readonly onError: (error: unknown) => void;
}

/** The account that the stand-in plays: whoever calls must know its token, and callbacks are signed with it. */
export interface TwilioAccount {
  readonly accountSid: string;
  readonly authToken: string;
}

/** Lets each message run its course, sent and then delivered or not, and tells its status callback. */
export class StatusCallbacks {
  readonly #options: StatusCallbacksOptions;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(options: StatusCallbacksOptions) {
    this.#options = options;
  }

  /** Call once for each accepted message. */
  follow({ sid, to, body }: StoredMessage): void {
    const { store } = this.#options;
    const ending = endingOf(to);
    const price = `-${(segmentsOf(body) * SEGMENT_PRICE).toFixed(4)}`;
    this.#later(1, () => this.#tell(store.change(sid, { status: "sent" })));
    // As Twilio does, what failed before it went is free.
    const cost = ending.status === "failed" ? {} : { price };
    this.#later(2, () => this.#tell(store.change(sid, { ...ending, ...cost })));
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #later(lags: number, act: () => Promise<void>): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act().catch(this.#options.onError);
    }, lags * this.#options.lagMs);
    this.#timers.add(timer);
  }

  /** As often as the address's connection overrides say (`#rc=5&rp=all`), once otherwise. */
  async #tell(message: StoredMessage | undefined, attempt = 0): Promise<void> {
    if (message?.statusCallback === undefined) return;
    const [url = "", overrides = ""] = message.statusCallback.split("#");
    const retries = Math.min(Number(new URLSearchParams(overrides).get("rc") ?? 0), MOST_RETRIES);
    const isTaken = await this.#post(url, message);
    if (isTaken) return;
    if (attempt < retries) this.#later(1, () => this.#tell(message, attempt + 1));
    else this.#options.onError(new Error(`A status callback of a message was refused ${attempt + 1} times.`));
  }

  async #post(url: string, message: StoredMessage): Promise<boolean> {
    const account = this.#options.credentials();
    const fields = callbackFields(message, account);
    const signature = getExpectedTwilioSignature(account.authToken, url, fields);
    try {
      const answer = await fetch(url, {
        method: "POST",
        headers: { "x-twilio-signature": signature },
        body: new URLSearchParams(fields),
      });
      await answer.arrayBuffer();
      return answer.ok;
    } catch {
      return false; // not reached: asked again, like any other refusal
    }
  }
}

/** What Twilio sends with each status. Source: twilio.com/docs/messaging/guides/track-outbound-message-status. */
function callbackFields(message: StoredMessage, { accountSid }: TwilioAccount): Record<string, string> {
  const { sid, status, errorCode, channel, from, to } = message;
  const prefix = channel === "whatsapp" ? "whatsapp:" : "";
  return {
    AccountSid: accountSid,
    ApiVersion: "2010-04-01",
    From: prefix + from,
    MessageSid: sid,
    MessageStatus: status,
    SmsSid: sid,
    SmsStatus: status,
    To: prefix + to,
    ...(errorCode === undefined ? {} : { ErrorCode: String(errorCode) }),
  };
}
