import { giftCardDelivery } from "../../shared/catalog/billing.ts";
import type { GiftCardDeliveryPayload } from "../../shared/contracts/gift-card.ts";
import type { SellerSettings } from "../../shared/contracts/seller.ts";
import { loadImage } from "../../shared/email/mail-images.ts";
import { mailOfKind, type MailOfKind } from "../../shared/email/mail-of-kind.ts";
import { sendMail, type MailOutcome } from "../../shared/email/send-mail.ts";
import type { MailKind } from "../../shared/contracts/mail-kinds.ts";
import type { JobContext } from "../../shared/engine/job-context.ts";
import { EffectRefusedError } from "../../shared/errors/job-errors.ts";
import { Snooze } from "../../shared/errors/postponements.ts";
import type { Services } from "../../shared/lambda/compose-services.ts";
import { jobFunction } from "../../shared/lambda/job-function.ts";
import { momentOf } from "../../shared/records/calendar-days.ts";
import { deliveryOf, receiptOf } from "../../shared/payments/gift-card-mails.ts";
import { renderGiftCardPdf } from "../../shared/pdf/render-gift-card-pdf.ts";
import { issueGiftCard, type GiftCard } from "../../shared/records/gift-card.ts";
import { readOrder } from "../../shared/records/order.ts";

type Job = JobContext<GiftCardDeliveryPayload>;

// The code is in no step: what steps return stands on the job's row, where people look into.
export const handler = jobFunction(giftCardDelivery, async (job, services) => {
  const { files, records, settings } = services;
  const seller = await settings.read();
  const card = await issueGiftCard(records, cardOf(job.payload, seller));
  const { replacedCharacters } = await job.step("pdf", () => storePdf(job, services, card));
  // A step of its own: after a long wait the buyer's receipt is neither written nor judged anew.
  const receipt = await job.step("receipt", () => sendReceipt(job, services));
  await awaitDeliveryDay(job.payload, services);
  const withdrawn = await job.step("withdrawn", () => withdrawnAs(job.payload, records));
  if (withdrawn !== null) return { pdfKey: card.pdfKey, receipt, delivery: { notSent: withdrawn } };
  const pdf = await files.get("giftcards", card.pdfKey);
  const delivery = await send(job, services, "delivery", deliveryOf(card, pdf));
  return { pdfKey: card.pdfKey, receipt, delivery, ...(replacedCharacters > 0 && { replacedCharacters }) };
});

/** The card to be, which the first attempt decides for all later ones; its file's key does not tell the code. */
function cardOf(sold: GiftCardDeliveryPayload, { id }: SellerSettings): Omit<GiftCard, "code"> {
  const { orderId, paidOn, amount, currency, locale, buyer, card } = sold;
  const pdfKey = `${id}/${paidOn.slice(0, 4)}/${orderId}.pdf`;
  return { orderId, amount, currency, locale, issuedOn: paidOn, expiresOn: card.expiresOn, buyer, card, pdfKey };
}

async function storePdf({ log }: Job, { files, settings }: Services, card: GiftCard) {
  const seller = await settings.read();
  const logo = seller.logoKey === undefined ? undefined : await loadImage(files, seller.logoKey, log);
  const rendered = await renderGiftCardPdf({ card, settings: seller, ...(logo && { logo }) });
  const { pdf, replacedCharacters, logoProblem } = rendered;
  if (logoProblem !== undefined) log.warn("The logo is left out of the gift card.", { logoProblem });
  if (replacedCharacters > 0) {
    log.warn("The gift card has characters that no font of ours shows; each is replaced by a mark.", {
      replacedCharacters,
    });
  }
  // False: stored by an attempt that died afterwards. Then that one is the card, and it is mailed.
  await files.putOnce({ bucket: "giftcards", key: card.pdfKey, body: pdf, contentType: "application/pdf" });
  return { replacedCharacters };
}

async function send<Kind extends MailKind>(
  job: Job,
  services: Services,
  effect: string,
  mail: MailOfKind<Kind>,
): Promise<MailOutcome> {
  return sendMail(job, services, (options) => job.effect(effect, options), await mailOfKind(job.log, services, mail));
}

/** Nobody's card stays away because SES does not take the buyer's address, which another attempt would not mend. */
async function sendReceipt(job: Job, services: Services): Promise<MailOutcome | { readonly refused: string }> {
  try {
    return await send(job, services, "receipt", receiptOf(job.payload));
  } catch (error) {
    if (!(error instanceof EffectRefusedError && error.isPermanent)) throw error;
    job.log.warn("The buyer's receipt is refused for good; the card goes to its recipient.", { errorCode: error.code });
    return { refused: error.code };
  }
}

/** Whether the order of a card that was to wait has been taken back meanwhile: `cancelled` or `refunded`, else null. */
async function withdrawnAs({ orderId, card }: GiftCardDeliveryPayload, records: Services["records"]) {
  if (card.deliverOn === undefined) return null;
  const status = (await readOrder(records, orderId))?.body.fulfilment?.status;
  return status === "cancelled" || status === "refunded" ? status : null;
}

/** @throws Snooze until the card's day has come to the seller's clocks. */
async function awaitDeliveryDay(
  { card, paidOn }: GiftCardDeliveryPayload,
  { settings, clock }: Services,
): Promise<void> {
  if (card.deliverOn === undefined || card.deliverOn < paidOn) return;
  const { timeZone, giftCards } = await settings.read();
  const until = momentOf(card.deliverOn, giftCards.deliveryHour, timeZone);
  if (until > clock.now()) throw new Snooze({ until });
}
