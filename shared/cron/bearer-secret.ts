import { createHash, timingSafeEqual } from "node:crypto";

import type { HttpAnswer, HttpRequest } from "../lambda/http-function.ts";
import type { Log } from "../ports/log.ts";

export interface BearerPorts {
  /** The active values: the current one, and while it is rotated the previous one. */
  readonly secret: { values(): Promise<readonly string[]> };
  readonly log: Log;
}

/** Visible characters: a header holds no others. Too short covers what was never set: "", "null", "undefined". */
const USABLE = /^[\x21-\x7E]{16,}$/;

/** One token (RFC 6750); the scheme's case does not count (RFC 9110). */
const BEARER = /^bearer ([\x21-\x7E]+)$/i;

/** The same for every refusal: nobody learns what was wrong. */
const UNAUTHORIZED: HttpAnswer = {
  status: 401,
  body: { message: "Unauthorized" },
  headers: { "www-authenticate": "Bearer", "cache-control": "no-store" },
};

/**
 * A route for those only who send `Authorization: Bearer <secret>`; everybody else gets 401, and the route does not hear of
 * them. Nothing but that header is looked at, and nothing of it is logged. A secret that is not set, or cannot be read,
 * refuses everybody.
 */
export function behindSecret(
  ports: BearerPorts,
  answer: (request: HttpRequest) => Promise<HttpAnswer>,
): (request: HttpRequest) => Promise<HttpAnswer> {
  return async (request) => ((await isCaller(ports, request)) ? answer(request) : UNAUTHORIZED);
}

async function isCaller(ports: BearerPorts, { headers, requestId }: HttpRequest): Promise<boolean> {
  const [, token] = BEARER.exec(headers["authorization"] ?? "") ?? [];
  if (token === undefined) return false;
  const sent = digestOf(token);
  // Digests have one length, and all values are compared: the time tells nothing of them.
  const equal = (await usableValues(ports, requestId)).map((value) => timingSafeEqual(digestOf(value), sent));
  return equal.includes(true);
}

async function usableValues({ secret, log }: BearerPorts, correlationId: string): Promise<readonly string[]> {
  try {
    const usable = (await secret.values()).filter((value) => USABLE.test(value));
    if (usable.length === 0) throw new Error("No value has 16 visible characters or more. Store one.");
    return usable;
  } catch (error) {
    log.error("The cron secret cannot be used: everybody is refused.", error, { correlationId });
    return [];
  }
}

const digestOf = (value: string): Buffer => createHash("sha256").update(value).digest();
