import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as z from "zod";

import { EffectRefusedError } from "../errors/job-errors.ts";
import type { Clock } from "../ports/clock.ts";

const CACHE_MS = 5 * 60 * 1000;

const credentialsShape = z.object({
  /** Twilio's own form: a placeholder does not have it. */
  accountSid: z.string().regex(/^AC[0-9a-f]{32}$/),
  authToken: z.string().min(1),
  /** While a token is rotated, callbacks may still be signed with the one before. */
  previousAuthToken: z.string().min(1).optional(),
});
export type TwilioCredentials = z.infer<typeof credentialsShape>;

export interface ReadCredentials {
  readonly credentials: TwilioCredentials;
  /** False where they were read up to five minutes ago, and may have been replaced since. */
  readonly isFresh: boolean;
}

/** Where the credentials come from; `fresh` asks for them anew. */
export interface TwilioSecret {
  /**
   * @throws EffectRefusedError `MESSAGING_NOT_CONFIGURED` (permanent) while there is only a placeholder, or
   *   `TWILIO_SECRET_UNREADABLE`. Both before anything was sent.
   */
  read(): Promise<ReadCredentials>;
  /** They were refused: the next read asks anew. */
  forget(): void;
}

/** Twilio's credentials in Secrets Manager, read at most every five minutes. */
export class SecretsManagerTwilioSecret implements TwilioSecret {
  readonly #client: Pick<SecretsManagerClient, "send">;
  readonly #secretId: string;
  readonly #clock: Clock;
  #cached: { readonly credentials: TwilioCredentials; readonly until: number } | undefined;

  constructor(client: Pick<SecretsManagerClient, "send">, secretId: string, clock: Clock) {
    this.#client = client;
    this.#secretId = secretId;
    this.#clock = clock;
  }

  async read(): Promise<ReadCredentials> {
    if (this.#cached !== undefined && this.#cached.until > this.#clock.now()) {
      return { credentials: this.#cached.credentials, isFresh: false };
    }
    const credentials = parseCredentials(await this.#secretText());
    this.#cached = { credentials, until: this.#clock.now() + CACHE_MS };
    return { credentials, isFresh: true };
  }

  forget(): void {
    this.#cached = undefined;
  }

  async #secretText(): Promise<string> {
    try {
      const { SecretString } = await this.#client.send(new GetSecretValueCommand({ SecretId: this.#secretId }));
      return SecretString ?? "";
    } catch (cause) {
      const message = "Twilio's credentials could not be read from Secrets Manager.";
      throw new EffectRefusedError("TWILIO_SECRET_UNREADABLE", message, { isPermanent: false, cause });
    }
  }
}

/** @throws EffectRefusedError `MESSAGING_NOT_CONFIGURED`, without the secret's text. */
export function parseCredentials(text: string): TwilioCredentials {
  const parsed = credentialsShape.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw new EffectRefusedError(
    "MESSAGING_NOT_CONFIGURED",
    'Messages are not configured. Store {"accountSid": "AC…", "authToken": "…"} from Twilio\'s console in the Twilio ' +
      "secret, then replay the job.",
    { isPermanent: true },
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // reported like any other wrong shape
  }
}
