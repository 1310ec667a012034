import type { MailKind } from "../../contracts/mail-kinds.ts";
import type { MailTemplate } from "../mail-template.ts";
import { jobAlert, systemNotification } from "./alerts.tsx";
import { generic, marketing, productAnnouncement } from "./announcements.tsx";
import { bookingCancelled, bookingPaymentReminder, bookingReminder } from "./bookings.tsx";
import { giftCard } from "./gift-card.tsx";
import { orderConfirmation, shippingNotification, statusUpdate } from "./orders.tsx";
import { paymentDue, paymentReceipt } from "./payments.tsx";
import { report, statusReport } from "./reports.tsx";
import { inventoryReport, lowStock } from "./stock.tsx";
import { renewalReminder, subscriptionExpired, subscriptionSuspended } from "./subscriptions.tsx";

/** The template of every kind of mail. */
export const MAIL_TEMPLATES: { readonly [Kind in MailKind]: MailTemplate<Kind> } = {
  order_confirmation: orderConfirmation,
  payment_receipt: paymentReceipt,
  gift_card: giftCard,
  low_stock: lowStock,
  inventory_report: inventoryReport,
  shipping_notification: shippingNotification,
  status_update: statusUpdate,
  generic,
  system_notification: systemNotification,
  renewal_reminder: renewalReminder,
  payment_due: paymentDue,
  subscription_expired: subscriptionExpired,
  subscription_suspended: subscriptionSuspended,
  booking_reminder: bookingReminder,
  booking_payment_reminder: bookingPaymentReminder,
  booking_cancelled: bookingCancelled,
  report,
  job_alert: jobAlert,
  status_report: statusReport,
  marketing,
  product_announcement: productAnnouncement,
};
