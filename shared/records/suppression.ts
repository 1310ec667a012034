import * as z from "zod";

import { identifier, moment } from "../contracts/fields.ts";
import type { RecordKey, RecordStore } from "../ports/record-store.ts";
import { readRecord, type Parsed } from "./record.ts";

export { recipientIdOf } from "../contracts/recipient-id.ts";

/** `all`: nothing is sent to them. `marketing`: nothing that goes to an audience. */
export type SuppressionScope = "all" | "marketing";

const allReason = z.enum(["hard_bounce", "complaint", "by_hand"]);

const suppressed = z.object({
  all: z.object({ reason: allReason, at: moment }).optional(),
  marketing: z.object({ reason: z.literal("unsubscribed"), at: moment, broadcastId: identifier.optional() }).optional(),
  /** When a person took the last one back: what happened before that counts no more, however late it is reported. */
  liftedAt: z.object({ all: moment.optional(), marketing: moment.optional() }).optional(),
});

/** Why an address gets no mail. */
export type Suppressions = z.infer<typeof suppressed>;

/** Why a mail was not sent. */
export interface NotSent {
  readonly notSent: z.infer<typeof allReason> | "unsubscribed";
  /** ISO 8601. */
  readonly since: string;
}

/** What puts an address on the list. */
export type NewSuppression =
  | { readonly scope: "all"; readonly reason: z.infer<typeof allReason>; readonly at: string }
  | {
      readonly scope: "marketing";
      readonly reason: "unsubscribed";
      readonly at: string;
      /** The broadcast whose link was followed. */
      readonly broadcastId?: string;
    };

/** Lost races with other writers of the same address. */
const MOST_TRIES = 10;

const keyOf = (recipientId: string): RecordKey => ({ kind: "suppression", id: recipientId });

export async function readSuppressions(records: RecordStore, recipientId: string): Promise<Suppressions> {
  return (await readRecord(records, keyOf(recipientId), suppressed))?.body ?? {};
}

/** Why a mail must not go to a recipient; `undefined` when it may. What forbids all mail is told first. */
export async function suppressionOf(
  records: RecordStore,
  recipientId: string,
  { isMarketing }: { readonly isMarketing: boolean },
): Promise<NotSent | undefined> {
  const { all, marketing } = await readSuppressions(records, recipientId);
  const found = all ?? (isMarketing ? marketing : undefined);
  return found && { notSent: found.reason, since: found.at };
}

/** What is reported of earlier mails; all else is what somebody does just now, whatever their clock says. */
const REPORTED: ReadonlySet<NewSuppression["reason"]> = new Set(["hard_bounce", "complaint"]);

/**
 * Puts an address on the list. The first reason stays until somebody lifts it, and reports of what happened before that
 * put nobody back: they may come twice, late and in any order.
 *
 * @returns whether this call has changed anything.
 */
export function suppress(
  records: RecordStore,
  recipientId: string,
  { scope, ...entry }: NewSuppression,
): Promise<boolean> {
  return change(records, recipientId, (known) => {
    const liftedAt = known.liftedAt?.[scope];
    const isStale =
      REPORTED.has(entry.reason) && liftedAt !== undefined && Date.parse(entry.at) <= Date.parse(liftedAt);
    return known[scope] !== undefined || isStale ? known : suppressed.parse({ ...known, [scope]: entry });
  });
}

/**
 * Lets an address be mailed again.
 *
 * @param at ISO 8601: reports of what happened before then change nothing any more.
 * @returns whether it was on the list.
 */
export function unsuppress(
  records: RecordStore,
  recipientId: string,
  scope: SuppressionScope,
  at: string,
): Promise<boolean> {
  return change(records, recipientId, (known) => {
    if (known[scope] === undefined) return known;
    const { [scope]: _lifted, ...others } = known;
    return { ...others, liftedAt: { ...known.liftedAt, [scope]: at } };
  });
}

/** Reads, changes and writes until nobody has come in between; what is unchanged is not written. */
async function change(
  records: RecordStore,
  recipientId: string,
  next: (known: Suppressions) => Suppressions,
): Promise<boolean> {
  const key = keyOf(recipientId);
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const known: Parsed<Suppressions> | undefined = await readRecord(records, key, suppressed);
    const before = known?.body ?? {};
    const wanted = next(before);
    if (wanted === before) return false;
    const isWritten =
      known === undefined
        ? (await records.create(key, wanted)).isCreated
        : await records.replace(key, known.version, wanted);
    if (isWritten) return true;
  }
  throw new Error(`The suppression record ${recipientId} is being changed all the time. Try again.`);
}
