import { email } from "../../shared/catalog/messaging.ts";
import type { MailKind, MailPayload } from "../../shared/contracts/mail-kinds.ts";
import { recipientIdOf } from "../../shared/contracts/recipient-id.ts";
import type { JobContext } from "../../shared/engine/job-context.ts";
import { PermanentError } from "../../shared/errors/job-errors.ts";
import { mailOfKind, type MailOfKind } from "../../shared/email/mail-of-kind.ts";
import type { Mailbox } from "../../shared/email/mailbox.ts";
import { sendMail, type MailToSend } from "../../shared/email/send-mail.ts";
import type { Services } from "../../shared/lambda/compose-services.ts";
import { jobFunction } from "../../shared/lambda/job-function.ts";
import { readGiftCard, type GiftCard } from "../../shared/records/gift-card.ts";
import { orderOf } from "../../shared/records/order.ts";

export const handler = jobFunction(email, async (job, services) =>
  sendMail(job, services, (options) => job.effect("mail", options), await mailFor(job, services)),
);

/** Names the "broadcast" of a mail that is sent by itself, in the link that leaves the audience. */
const SINGLE = "single";

/** Kinds that come from another of the settings' senders than `from`. */
const SENDERS: Partial<Record<MailKind, NonNullable<MailToSend["sender"]>>> = {
  payment_receipt: "billing",
  renewal_reminder: "billing",
  payment_due: "billing",
  subscription_expired: "billing",
  subscription_suspended: "billing",
  booking_payment_reminder: "billing",
  low_stock: "system",
  inventory_report: "system",
  system_notification: "system",
  report: "system",
  job_alert: "system",
  status_report: "system",
  marketing: "marketing",
  product_announcement: "marketing",
};

type DataOf<Kind extends MailKind> = Extract<MailPayload, { readonly type: Kind }>["data"];

/** Loads what the kind's template shows besides its data, and finds out whom it is for. */
async function mailFor(
  { log, payload }: Pick<JobContext<MailPayload>, "log" | "payload">,
  services: Services,
): Promise<MailToSend> {
  const write = <Kind extends MailKind>(mail: MailOfKind<Kind>) => {
    const sender = SENDERS[mail.kind];
    return mailOfKind(log, services, { ...mail, ...(sender && { sender }) });
  };
  const { type } = payload;
  if (type === "gift_card") return write(await giftCardAgain(payload.data, services));
  if (type === "order_confirmation" || type === "shipping_notification" || type === "status_update") {
    return write({ kind: type, ...(await aboutOrder(payload.data, services)) });
  }
  const toOne = { kind: type, ...(await toReader(payload.data, services)) };
  if (type !== "marketing" && type !== "product_announcement") return write(toOne);
  return write({ ...toOne, ...(await leave(payload.data, services)) });
}

/** The data and its recipient: who it names, else the owner. */
async function toReader<Data extends MailPayload["data"]>(data: Data, { settings }: Pick<Services, "settings">) {
  const given: Partial<Record<"email" | "name" | "locale", string | undefined>> = data;
  const { support, admin } = (await settings.read()).email;
  const to: Mailbox = {
    address: given.email ?? admin ?? support,
    ...(given.email !== undefined && given.name !== undefined && { name: given.name }),
  };
  return { data, to, locale: given.locale };
}

/** The link out of the audience, on the page and in the header. */
async function leave({ email: address }: DataOf<"marketing" | "product_announcement">, { links }: Services) {
  const unsubscribeUrl = await links.url("unsubscribe", `${recipientIdOf(address)}-${SINGLE}`);
  return { broadcast: { id: SINGLE, unsubscribeUrl } };
}

async function aboutOrder<Data extends DataOf<"order_confirmation">>(data: Data, { records }: Services) {
  const { body: order } = await orderOf(records, data.orderId);
  const { customer, locale } = order;
  return {
    data: { ...data, order },
    to: mailbox(data.email, { name: customer.name, address: customer.email }),
    locale: data.locale ?? locale,
  };
}

/** An issued card again, with its PDF. */
async function giftCardAgain(
  data: DataOf<"gift_card">,
  { records, files }: Services,
): Promise<MailOfKind<"gift_card">> {
  const card = await readGiftCard(records, data.orderId);
  if (card === undefined) throw cardMissing(data.orderId);
  const { name, email: address } = card.card.recipient;
  return {
    kind: "gift_card",
    data: { ...data, card },
    to: mailbox(data.email, { name, address }),
    locale: data.locale ?? card.locale,
    attachments: [await pdfOf(card, files)],
  };
}

async function pdfOf({ orderId, pdfKey }: GiftCard, files: Services["files"]) {
  return {
    filename: `gift-card-${orderId}.pdf`,
    contentType: "application/pdf",
    content: await files.get("giftcards", pdfKey),
    stored: { bucket: "giftcards", key: pdfKey } as const,
  };
}

const cardMissing = (orderId: string) =>
  new PermanentError(
    "GIFT_CARD_NOT_FOUND",
    `There is no gift card of order ${orderId}. Its \`gift_card_delivery\` issues it: see why that job has not ended, ` +
      "then replay this one.",
  );

/** To the address that the job names, else to whom the record does; the name is that one's only. */
function mailbox(given: string | undefined, known: Required<Mailbox>): Mailbox {
  return given === undefined || given.toLowerCase() === known.address.toLowerCase() ? known : { address: given };
}
