import { createHmac, timingSafeEqual } from "node:crypto";

import type { LinkPurpose, Links } from "../ports/links.ts";

export interface SignedLinksOptions {
  /** Where the HTTP API is reached from outside, without a slash at its end. */
  readonly publicUrl: string;
  /** The keys: the first one signs, all verify. */
  readonly keys: () => Promise<readonly string[]>;
}

/** Paths of the HTTP API's routes, by what their tokens are for. */
const PATHS: Readonly<Record<LinkPurpose, string>> = { file: "/files/", unsubscribe: "/unsubscribe/" };

const TOKEN = /^([A-Za-z0-9_-]{1,200})\.([A-Za-z0-9_-]{43})$/;

/** Links whose token is `<id>.<HMAC-SHA256 of purpose and id>`. They do not expire by themselves: what the id names may. */
export class SignedLinks implements Links {
  readonly #options: SignedLinksOptions;

  constructor(options: SignedLinksOptions) {
    this.#options = options;
  }

  async url(purpose: LinkPurpose, id: string): Promise<string> {
    const [key] = await this.#options.keys();
    if (key === undefined) throw new Error("There is no key to sign links with. Deploy the stack again.");
    return `${this.#options.publicUrl}${PATHS[purpose]}${id}.${signature(key, purpose, id).toString("base64url")}`;
  }

  async verify(purpose: LinkPurpose, token: string): Promise<string | undefined> {
    const [, id, signed] = TOKEN.exec(token) ?? [];
    if (id === undefined || signed === undefined) return undefined;
    const given = Buffer.from(signed, "base64url");
    const keys = await this.#options.keys();
    return keys.some((key) => timingSafeEqual(signature(key, purpose, id), given)) ? id : undefined;
  }
}

const signature = (key: string, purpose: LinkPurpose, id: string): Buffer =>
  createHmac("sha256", key).update(`${purpose}:${id}`).digest();
