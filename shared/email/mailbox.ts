import addressparser from "nodemailer/lib/addressparser";

import { emailAddress, hasControlCharacters } from "../contracts/fields.ts";

/** One person's mailbox. The name is free text and is encoded when the mail is composed. */
export interface Mailbox {
  readonly name?: string;
  readonly address: string;
}

const QUOTED = /"(?:[^"\\]|\\.)*"/g;
/** Outside quotes these part a list, a group or a comment (RFC 5322, 3.4); nodemailer's parser forgives some of them. */
const LIST_OR_COMMENT = /[,;:()]/;

/**
 * Why a mailbox is refused, or `undefined` when it is exactly one address.
 *
 * nodemailer takes whatever an address field parses to: a comma, a semicolon, a group or a line break adds recipients.
 * So nothing reaches it that is not one plain address.
 */
export function mailboxProblem({ name, address }: Mailbox): string | undefined {
  if (hasControlCharacters(address) || hasControlCharacters(name ?? "")) return "has a line break or control character";
  if (!emailAddress.safeParse(address).success) return "is not exactly one plain address";
  return undefined;
}

/**
 * Reads `name@host` or `Name <name@host>`.
 *
 * @returns `undefined` for anything else: an empty field, a list, a group, a route, text after the address.
 */
export function parseMailbox(text: string): Mailbox | undefined {
  if (hasControlCharacters(text) || LIST_OR_COMMENT.test(text.replaceAll(QUOTED, ""))) return undefined;
  const [entry, ...others] = addressparser(text);
  if (entry === undefined || others.length > 0 || entry.address === undefined) return undefined;
  const isWhole = text.trim() === entry.address || text.trimEnd().endsWith(`<${entry.address}>`);
  if (!isWhole || mailboxProblem(entry) !== undefined) return undefined;
  return entry.name === "" ? { address: entry.address } : { name: entry.name, address: entry.address };
}
