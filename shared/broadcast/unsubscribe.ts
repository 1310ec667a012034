import { identifier } from "../contracts/fields.ts";
import type { Links } from "../ports/links.ts";
import type { RecordStore } from "../ports/record-store.ts";
import { readSuppressions, suppress, unsuppress } from "../records/suppression.ts";
import type { RecipientOfBroadcast } from "./recipient-results.ts";

const LINK_ID = /^([0-9a-f]{40})-(.+)$/;

/** The link in a recipient's mail by which they leave; it works for ever, as often as they like. */
export const unsubscribeUrl = (
  links: Pick<Links, "url">,
  { recipientId, broadcastId }: RecipientOfBroadcast,
): Promise<string> => links.url("unsubscribe", `${recipientId}-${broadcastId}`);

/** Whose link a token is; nothing for one that we have not signed. */
export async function readUnsubscribeToken(
  links: Pick<Links, "verify">,
  token: string,
): Promise<RecipientOfBroadcast | undefined> {
  const [, recipientId, broadcastId] = LINK_ID.exec((await links.verify("unsubscribe", token)) ?? "") ?? [];
  if (recipientId === undefined || !identifier.safeParse(broadcastId).success) return undefined;
  return { recipientId, broadcastId: String(broadcastId) };
}

/** Puts a recipient on the suppression list, for mail to an audience only; their orders' mails still come. */
export const unsubscribe = (
  records: RecordStore,
  { recipientId, broadcastId }: RecipientOfBroadcast,
  at: string,
): Promise<boolean> => suppress(records, recipientId, { scope: "marketing", reason: "unsubscribed", at, broadcastId });

/** Takes it back: who clicked the wrong button may stay. It lifts nothing that a bounce or a complaint has put there. */
export const subscribeAgain = (
  records: RecordStore,
  { recipientId }: RecipientOfBroadcast,
  at: string,
): Promise<boolean> => unsuppress(records, recipientId, "marketing", at);

/** Whether a recipient has left. */
export async function isUnsubscribed(
  records: RecordStore,
  { recipientId }: Pick<RecipientOfBroadcast, "recipientId">,
): Promise<boolean> {
  return (await readSuppressions(records, recipientId)).marketing !== undefined;
}
