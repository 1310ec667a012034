/** What a signed link is for: a token of one purpose is worth nothing for another. */
export type LinkPurpose = "file" | "unsubscribe";

/** Links into the HTTP API that carry their own permission. */
export interface Links {
  /** The absolute URL of a link for `id` (A-Z, a-z, 0-9, _ and -). Anybody who has it may use it. */
  url(purpose: LinkPurpose, id: string): Promise<string>;
  /** The id of a token that we have signed for this purpose, by any of our keys; `undefined` for all others. */
  verify(purpose: LinkPurpose, token: string): Promise<string | undefined>;
}
