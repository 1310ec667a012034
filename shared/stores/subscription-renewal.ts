import { compactTime, isoTime } from "../engine/iso-time.ts";
import type { Services } from "../lambda/compose-services.ts";
import { subscriptions, type Subscription } from "../records/subscription.ts";
import { writeAudit } from "../sweeps/write-audit.ts";

/** What was paid for. */
export interface Renewal {
  /** The new end of what is paid for, ISO 8601 with a zone or offset. */
  readonly expireDate: string;
  /** As before by default. */
  readonly plan?: string;
  /** What the next period costs, in the currency's minor unit; as before by default. */
  readonly amount?: number;
  /** Who says so, for the audit log: a user's id, or the program's name. */
  readonly actor: string;
}

/**
 * Makes a subscription active again, until a later time: what an application calls when it was paid for. It wins against an
 * expiry check of the same moment, and calls off the mail of a change that nobody was told of yet. A call that comes twice or
 * late, as webhooks do, changes nothing: only a later `expireDate` than the one on record does. After an error, call it again.
 *
 * @returns the subscription as it then is.
 * @throws PermanentError `RECORD_NOT_FOUND` (store the first one with `subscriptions.create`), `RECORD_INVALID`; z.ZodError
 *   for a renewal that is not right, with nothing changed.
 */
export async function renewSubscription(
  { records, clock }: Pick<Services, "records" | "clock">,
  tenantId: string,
  { expireDate, plan, amount, actor }: Renewal,
): Promise<Subscription> {
  const renewedAt = isoTime(clock.now());
  const subscription = await subscriptions.update(records, { id: tenantId }, (known) =>
    Date.parse(expireDate) <= Date.parse(known.expireDate)
      ? undefined
      : {
          status: "active",
          expireDate,
          renewedAt,
          ...(plan !== undefined && { plan }),
          ...(amount !== undefined && { amount }),
          graceEndsAt: undefined,
          change: undefined,
          remindedOf: undefined,
        },
  );
  // Died here: the same renewal, called again, finds itself on record, and writes the entry then.
  const isOnRecord = Date.parse(subscription.expireDate) === Date.parse(expireDate);
  if (isOnRecord && subscription.renewedAt !== undefined) {
    await writeAudit(records, {
      action: "subscription.renewed",
      subject: { kind: "subscription", id: tenantId },
      once: compactTime(Date.parse(expireDate)),
      at: subscription.renewedAt,
      actor,
      severity: "info",
      details: { expireDate: subscription.expireDate },
    });
  }
  return subscription;
}
