import { createMessages, type Messages } from "../../local/messages/messages.ts";
import { type Listener, openListeners } from "../../local/listener.ts";
import { EffectRefusedError } from "../../shared/errors/job-errors.ts";
import { TwilioApi } from "../../shared/messaging/twilio-api.ts";
import type { ReadCredentials, TwilioSecret } from "../../shared/messaging/twilio-credentials.ts";
import { TwilioMessenger } from "../../shared/messaging/twilio-messenger.ts";
import type { OutgoingMessage } from "../../shared/ports/messenger.ts";

export const ACCOUNT_SID = "AC0123456789abcdef0123456789abcdef";
export const AUTH_TOKEN = "token-current";
export const PUBLIC_URL = "https://api.example.com";

/** An SMS that nothing is wrong with. */
export const anSms: OutgoingMessage = {
  channel: "sms",
  from: "+15005550006",
  to: "+31612345678",
  content: { text: "Your order is on its way." },
  jobId: "sms_message-ord_1",
  effect: "message",
};

/** Credentials that a test may change; `reads` counts how often they were read anew. */
export class FakeSecret implements TwilioSecret {
  authToken = AUTH_TOKEN;
  previousAuthToken: string | undefined;
  isPlaceholder = false;
  reads = 0;
  #cached: ReadCredentials["credentials"] | undefined;

  async read(): Promise<ReadCredentials> {
    await Promise.resolve();
    if (this.isPlaceholder) throw new EffectRefusedError("MESSAGING_NOT_CONFIGURED", "No.", { isPermanent: true });
    if (this.#cached !== undefined) return { credentials: this.#cached, isFresh: false };
    this.reads += 1;
    const { authToken, previousAuthToken } = this;
    this.#cached = {
      accountSid: ACCOUNT_SID,
      authToken,
      ...(previousAuthToken !== undefined && { previousAuthToken }),
    };
    return { credentials: this.#cached, isFresh: true };
  }

  forget(): void {
    this.#cached = undefined;
  }
}

/** The stand-in for Twilio on a port of its own, and a messenger that sends there. */
export interface LocalTwilio {
  readonly listener: Listener;
  readonly messages: Messages;
  readonly secret: FakeSecret;
  readonly api: TwilioApi;
  readonly messenger: TwilioMessenger;
  /** What its callbacks and its timers threw. */
  readonly errors: unknown[];
  close(): Promise<void>;
}

export interface LocalTwilioOptions {
  readonly timeoutMs?: number;
  readonly publicUrl?: string;
  /** Between a message's statuses; an hour by default, so that nothing happens by itself. */
  readonly lagMs?: number;
}

export async function startLocalTwilio(options: LocalTwilioOptions = {}): Promise<LocalTwilio> {
  const { timeoutMs = 5_000, publicUrl = PUBLIC_URL, lagMs = 3_600_000 } = options;
  const [listener] = await openListeners([{ purpose: "the stand-in for Twilio", port: 0 }]);
  if (listener === undefined) throw new Error("no listener");
  const errors: unknown[] = [];
  const credentials = () => ({ accountSid: ACCOUNT_SID, authToken: AUTH_TOKEN });
  const messages = createMessages({ credentials, lagMs, onError: (error) => errors.push(error) });
  listener.handle(async (request, response, url) => {
    if (!(await messages.handle(request, response, url))) response.writeHead(404).end();
  });
  const secret = new FakeSecret();
  const api = new TwilioApi({ baseUrl: `${listener.url}/twilio`, secret, timeoutMs });
  const messenger = new TwilioMessenger({ api, publicUrl });
  const close = () => {
    messages.stop();
    return listener.close();
  };
  return { listener, messages, secret, api, messenger, errors, close };
}
