import { email } from "../catalog/messaging.ts";
import type { MailPayload } from "../contracts/mail-kinds.ts";
import { toEnqueue } from "../engine/enqueue.ts";
import { isoTime } from "../engine/iso-time.ts";
import type { JobContext } from "../engine/job-context.ts";
import type { Services } from "../lambda/compose-services.ts";
import { enqueueOnce } from "../engine/enqueue-once.ts";
import { notifications } from "../records/notification.ts";
import { tenantKey, tenants, type Tenant } from "../records/tenant.ts";
import { derivedId } from "../sweeps/derived-id.ts";

/** What a tenant is told. */
export interface TenantTelling {
  readonly tenantId: string;
  /** Also the kind of the notification. */
  readonly occasion: string;
  /** Of what it is told: the subscription's tenant, or the payment. */
  readonly about: string;
  /** Which of several such occasions: its day or time, in the alphabet of ids. */
  readonly once: string;
  readonly mailTo: (tenant: Tenant) => MailPayload;
}

/**
 * Has a tenant told: a mail, and a notification in its account. Nothing is sent here, and the key follows from what is told:
 * calling it again changes nothing.
 *
 * @returns id of the job that mails it.
 * @throws PermanentError `RECORD_NOT_FOUND` for a tenant that is not on record.
 */
export async function tellTenant(
  job: Pick<JobContext<unknown>, "enqueue">,
  { records, clock }: Pick<Services, "records" | "clock">,
  { tenantId, occasion, about, once, mailTo }: TenantTelling,
): Promise<string> {
  const tenant = await tenants.get(records, tenantKey(tenantId));
  const key = derivedId(occasion, about, once);
  const options = { idempotencyKey: key, tenant: tenantId };
  const mailJobId = await enqueueOnce(job, toEnqueue(email, mailTo(tenant.body), options));
  // Died here: the next attempt finds the mail's job under the same key.
  await notifications.create(records, {
    notificationId: key,
    recipient: { role: "tenant", id: tenantId },
    kind: occasion,
    about,
    channels: ["email"],
    createdAt: isoTime(clock.now()),
  });
  return mailJobId;
}

/** What a mail says of whom it goes to. */
export const addressOf = ({ email: address, locale }: Tenant) => ({
  email: address,
  ...(locale !== undefined && { locale }),
});
