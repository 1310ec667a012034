import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as z from "zod";

import type { Clock } from "../ports/clock.ts";

const CACHE_MS = 5 * 60 * 1000;

const secretValue = z.object({ current: z.string().min(1), previous: z.string().min(1).optional() });

/**
 * The active values of a secret (the current one, and the one before it while a rotation is under way), read at most
 * every five minutes.
 *
 * @throws Error without the value when the secret is not JSON `{ "current": "…", "previous": "…" }`.
 */
export class SigningSecrets {
  readonly #client: SecretsManagerClient;
  readonly #secretId: string;
  readonly #clock: Clock;
  #cached: { readonly values: readonly string[]; readonly until: number } | undefined;

  constructor(client: SecretsManagerClient, secretId: string, clock: Clock) {
    this.#client = client;
    this.#secretId = secretId;
    this.#clock = clock;
  }

  async values(): Promise<readonly string[]> {
    if (this.#cached !== undefined && this.#cached.until > this.#clock.now()) return this.#cached.values;
    const { SecretString } = await this.#client.send(new GetSecretValueCommand({ SecretId: this.#secretId }));
    const values = parseSecret(SecretString ?? "");
    this.#cached = { values, until: this.#clock.now() + CACHE_MS };
    return values;
  }
}

function parseSecret(text: string): string[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined; // reported below, like any other wrong shape
  }
  const parsed = secretValue.safeParse(json);
  if (!parsed.success) throw new Error('The webhook secret is not JSON {"current": "…"}. Store it in that form.');
  return [parsed.data.current, parsed.data.previous].filter((value) => value !== undefined);
}
