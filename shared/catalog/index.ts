import type { JobDefinition } from "../job/define-job.ts";
import { giftCardDelivery, invoiceEmail, orderConfirmation, orderStatus, stripeEvent } from "./billing.ts";
import {
  bookingReminders,
  cleanup,
  cleanupExpiredOtps,
  cleanupOldAuditLogs,
  cleanupOldNotifications,
  cleanupStaleBookings,
  paymentReminders,
  reminders,
} from "./bookings.ts";
import {
  broadcastPage,
  email,
  emailBroadcast,
  sesEvent,
  smsMessage,
  twilioEvent,
  whatsappMessage,
} from "./messaging.ts";

import {
  analyticsAggregation,
  cacheWarming,
  storeCleanup,
  subscriptionExpiryCheck,
  subscriptionPaymentReminders,
} from "./stores.ts";

/** A catalog entry: a definition and the folder of its handler, `functions/<domain>/<type in kebab case>.ts`. */
export interface CatalogEntry {
  readonly domain: string;
  readonly definition: JobDefinition;
}

const domains: Readonly<Record<string, readonly JobDefinition[]>> = {
  billing: [stripeEvent, invoiceEmail, giftCardDelivery, orderConfirmation, orderStatus],
  messaging: [sesEvent, email, emailBroadcast, broadcastPage, smsMessage, whatsappMessage, twilioEvent],
  bookings: [
    cleanup,
    cleanupStaleBookings,
    cleanupOldNotifications,
    cleanupExpiredOtps,
    cleanupOldAuditLogs,
    reminders,
    bookingReminders,
    paymentReminders,
  ],
  stores: [subscriptionExpiryCheck, subscriptionPaymentReminders, analyticsAggregation, storeCleanup, cacheWarming],
};

/** Every job type there is. Adding one here gives it a queue, a DLQ, a function and a role. */
export const catalog: readonly CatalogEntry[] = Object.entries(domains).flatMap(([domain, definitions]) =>
  definitions.map((definition) => ({ domain, definition })),
);

/** The definition of a type by its name or one of its aliases; `undefined` when there is none. */
export function definitionNamed(name: string, entries: readonly CatalogEntry[] = catalog): JobDefinition | undefined {
  const definitions = entries.map(({ definition }) => definition);
  return definitions.find(({ type, aliases = [] }) => type === name || aliases.includes(name));
}
