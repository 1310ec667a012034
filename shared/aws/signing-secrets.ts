import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as z from "zod";

import type { Clock } from "../ports/clock.ts";

const CACHE_MS = 5 * 60 * 1000;

const key = z.string().min(1);
const secretValue = z.object({ current: key, previous: z.union([key, z.array(key)]).default([]) });

/**
 * The active values of a secret: the current one first, then those before it that still count (the last one while a webhook's
 * is rotated; every one that ever signed a link). Read at most every five minutes.
 *
 * @throws Error without the value when the secret is not JSON `{ "current": "…", "previous": "…" }`, or a list of previous ones.
 */
export class SigningSecrets {
  readonly #client: SecretsManagerClient;
  readonly #secretId: string;
  readonly #clock: Clock;
  /** The read itself, not its result: callers at the same moment wait for the same one. */
  #cached: { readonly values: Promise<readonly string[]>; readonly until: number } | undefined;

  constructor(client: SecretsManagerClient, secretId: string, clock: Clock) {
    this.#client = client;
    this.#secretId = secretId;
    this.#clock = clock;
  }

  async values(): Promise<readonly string[]> {
    const now = this.#clock.now();
    if (this.#cached !== undefined && this.#cached.until > now) return this.#cached.values;
    const cached = { values: this.#read(), until: now + CACHE_MS };
    this.#cached = cached;
    try {
      return await cached.values;
    } catch (error) {
      if (this.#cached === cached) this.#cached = undefined; // the next caller asks again
      throw error;
    }
  }

  async #read(): Promise<readonly string[]> {
    const { SecretString } = await this.#client.send(new GetSecretValueCommand({ SecretId: this.#secretId }));
    return parseSecret(SecretString ?? "");
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
  if (!parsed.success) throw new Error('The secret is not JSON {"current": "…"}. Store it in that form.');
  return [parsed.data.current, parsed.data.previous].flat();
}
