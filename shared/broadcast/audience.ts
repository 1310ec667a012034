import * as z from "zod";

import { emailAddress, localeTag, singleLine } from "../contracts/fields.ts";
import { recipientIdOf } from "../records/suppression.ts";

/** Whom a mail of a broadcast is for. */
export const broadcastRecipient = z.object({
  email: emailAddress,
  name: singleLine(200).optional(),
  locale: localeTag.optional(),
});
export type BroadcastRecipient = z.infer<typeof broadcastRecipient>;

/** An audience, read: whom to mail, and what was wrong with the rest. */
export interface Audience {
  /** Each address once. */
  readonly recipients: readonly BroadcastRecipient[];
  /** Addresses that had come before. */
  readonly duplicates: number;
  /** Rows that were left out because something in them is not right. */
  readonly invalid: number;
  /** Where the first hundred of them stand: the file's lines, counted from 1. */
  readonly invalidLines: readonly number[];
}

const MOST_LINES_NAMED = 100;

/** Takes an audience's people one after the other, each address once. */
export class AudienceList {
  readonly #recipients = new Map<string, BroadcastRecipient>();
  readonly #invalidLines: number[] = [];
  #duplicates = 0;
  #invalid = 0;

  get size(): number {
    return this.#recipients.size;
  }

  add(recipient: BroadcastRecipient): void {
    const id = recipientIdOf(recipient.email);
    if (this.#recipients.has(id)) this.#duplicates += 1;
    else this.#recipients.set(id, recipient);
  }

  leaveOut(line: number): void {
    this.#invalid += 1;
    if (this.#invalidLines.length < MOST_LINES_NAMED) this.#invalidLines.push(line);
  }

  audience(): Audience {
    return {
      recipients: [...this.#recipients.values()],
      duplicates: this.#duplicates,
      invalid: this.#invalid,
      invalidLines: this.#invalidLines,
    };
  }
}
