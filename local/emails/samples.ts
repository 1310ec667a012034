import { type InvoiceEmailPayload, invoiceEmailPayload } from "../../shared/contracts/invoice.ts";
import type { MailData, MailKind } from "../../shared/contracts/mail-kinds.ts";
import { exampleSeller, type SellerSettings, sellerSettings } from "../../shared/contracts/seller.ts";
import type { MailContext, TemplateData } from "../../shared/email/mail-template.ts";
import type { GiftCard } from "../../shared/records/gift-card.ts";
import type { Order } from "../../shared/records/order.ts";

// One mail of every kind with every field filled in, for the gallery and for tests. All of it is made up.

export const sampleSeller: SellerSettings = sellerSettings.parse({
  ...exampleSeller,
  registrationNumber: "KvK 00000000",
  logoKey: "brand/logo.png",
  accentColour: "#0F766E",
});

const ada = { email: "ada@example.com", name: "Ada Lovelace", locale: "en-GB" };
const subscription = { ...ada, plan: "Studio Plus", tenant: "ada-prints" };
const owner = { email: "owner@studio.example.com" };

const booking = {
  ...ada,
  bookingId: "bkg_1001",
  service: "Portrait session",
  startsAt: "2026-12-04T18:30:00Z",
  timeZone: "Europe/Amsterdam",
  location: "Keizersgracht 1, Amsterdam",
  performer: "Berthe Morisot",
};

const stock = [
  { sku: "VASE-CEL-01", name: "Stoneware vase, celadon", quantity: 2, threshold: 5 },
  { sku: "CAT-2026", name: "Exhibition catalogue 2026", quantity: 11, threshold: 20 },
];

export const sampleOrder: Order = {
  orderId: "ord_1001",
  customer: {
    name: "Ada Lovelace",
    email: "ada@example.com",
    address: { line1: "12 St James’s Square", postalCode: "SW1Y 4JH", city: "London", country: "GB" },
  },
  lines: [
    {
      description: "Stoneware vase, celadon glaze, 28 cm",
      quantity: 1,
      unitPrice: 18_500,
      vatRate: 21,
      thumbnailKey: "products/vase.png",
    },
    {
      description: "Exhibition catalogue 2026",
      quantity: 2,
      unitPrice: 1_250,
      vatRate: 9,
      thumbnailKey: "products/catalogue.png",
    },
  ],
  shipping: {
    name: "Charles Babbage",
    address: { line1: "1 Dorset Street", postalCode: "W1U 4EG", city: "London", country: "GB" },
  },
  currency: "EUR",
  pricesIncludeVat: false,
  locale: "en-GB",
  productType: "shop",
  productId: "basket",
  status: "paid",
  paymentReference: "pi_3PqBackline0001",
  jobs: {},
};

export const sampleGiftCard: GiftCard = {
  orderId: "ord_1002",
  code: "K7QW-3M9X-PD2F-H6TZ",
  amount: 7_500,
  currency: "EUR",
  locale: "en-GB",
  issuedOn: "2026-11-22",
  expiresOn: "2028-11-22",
  buyer: { name: "Ada Lovelace", email: "ada@example.com" },
  card: {
    senderName: "Ada",
    recipient: { name: "Charles Babbage", email: "charles@example.com" },
    message: "Dear Charles,\n\nfor the engine, and for all the evenings.\n\nAda",
    expiresOn: "2028-11-22",
  },
  pdfKey: "main/2026/ord_1002.pdf",
};

/** An invoice of the sample order, paid in full. */
export const sampleInvoice = (locale: string): InvoiceEmailPayload =>
  invoiceEmailPayload.parse({
    paymentReference: sampleOrder.paymentReference,
    invoiceNumber: "INV-2026-000042",
    productType: "shop",
    productId: sampleOrder.productId,
    userInfo: sampleOrder.customer,
    invoiceDetails: { ...sampleOrder, issuedOn: "2026-11-22", locale },
    amount: 25_110,
  });

/** Every kind's data as it is enqueued, every field filled in. */
const enqueued: { readonly [Kind in MailKind]: MailData<Kind> } = {
  order_confirmation: { orderId: "ord_1001", email: "ada@example.com", locale: "en-GB" },
  payment_receipt: {
    ...ada,
    reference: "pi_3PqBackline0002",
    paidOn: "2026-11-22",
    description: "Workshop “Glazes and fire”",
    amount: 14_520,
    currency: "EUR",
    lines: [{ description: "Workshop, one day", quantity: 1, unitPrice: 12_000, vatRate: 21 }],
    pricesIncludeVat: false,
  },
  gift_card: { orderId: "ord_1002", email: "charles@example.com", locale: "en-GB" },
  low_stock: { ...owner, items: stock },
  inventory_report: {
    ...owner,
    day: "2026-11-22",
    products: 128,
    units: 4_310,
    value: 18_452_300,
    currency: "EUR",
    lowStock: stock,
    outOfStock: [{ sku: "BOWL-07", name: "Tea bowl no. 7", quantity: 0, threshold: 3 }],
  },
  shipping_notification: {
    orderId: "ord_1001",
    email: "ada@example.com",
    locale: "en-GB",
    carrier: "PostNL",
    trackingNumber: "3SABCD0123456789",
    trackingUrl: "https://tracking.example.com/3SABCD0123456789",
  },
  status_update: {
    orderId: "ord_1001",
    email: "ada@example.com",
    locale: "en-GB",
    status: "ready_for_pickup",
    note: "We are open from ten to six.\nPlease ring the bell twice.",
  },
  generic: {
    ...ada,
    subject: "Our opening hours in December",
    heading: "Open later in December",
    paragraphs: [
      "In December the studio is open until eight in the evening, from Tuesday to Saturday.",
      "From 24 to 26 December we are closed.\nFrom the 27th we are there again.",
    ],
    action: { label: "All opening hours", url: "https://studio.example.com/hours" },
  },
  system_notification: {
    ...owner,
    severity: "warning",
    title: "The mail quota is nearly used up",
    message:
      "42,000 of 50,000 mails have been sent in the last 24 hours. Mails beyond the quota wait until there is room.",
    facts: [
      { label: "Sent", value: "42,000" },
      { label: "Quota", value: "50,000 a day" },
    ],
  },
  renewal_reminder: {
    ...subscription,
    renewsOn: "2026-12-01",
    amount: 2_900,
    currency: "EUR",
    manageUrl: "https://studio.example.com/subscription",
  },
  payment_due: {
    ...ada,
    description: "Commission “Harbour at dusk”, second half",
    amount: 90_000,
    currency: "EUR",
    dueOn: "2026-12-06",
    isOverdue: true,
    payUrl: "https://studio.example.com/pay/inv_77",
  },
  subscription_expired: {
    ...subscription,
    expiredOn: "2026-11-20",
    graceEndsOn: "2026-11-27",
    renewUrl: "https://studio.example.com/renew",
  },
  subscription_suspended: {
    ...subscription,
    suspendedOn: "2026-11-28",
    renewUrl: "https://studio.example.com/renew",
  },
  booking_reminder: {
    ...booking,
    notes: "Bring two changes of clothes.\nThere is a parking garage around the corner.",
  },
  booking_payment_reminder: {
    ...booking,
    amount: 12_000,
    currency: "EUR",
    dueOn: "2026-11-30",
    payUrl: "https://studio.example.com/pay/bkg_1001",
  },
  booking_cancelled: {
    ...booking,
    reason: "The photographer has fallen ill. We are sorry, and will write with new dates.",
    refund: { amount: 12_000, currency: "EUR" },
  },
  report: {
    ...owner,
    title: "Store analytics",
    period: "Week 47 of 2026",
    summary: [
      { label: "Orders", value: "214" },
      { label: "Revenue", value: "€18,402.50" },
      { label: "New customers", value: "63" },
    ],
    sections: [
      {
        heading: "Best sellers",
        rows: [
          { label: "Stoneware vase, celadon", value: "41 sold" },
          { label: "Exhibition catalogue 2026", value: "38 sold" },
        ],
      },
      { heading: "Where orders came from", rows: [{ label: "Netherlands", value: "58 %" }] },
    ],
  },
  job_alert: {
    ...owner,
    jobType: "invoice_email",
    jobId: "invoice_email-ord_1001",
    errorCode: "SELLER_SETTINGS_MISSING",
    message: "There is no settings record of the seller. Store one, then replay the job.",
    at: "2026-11-22T09:15:00Z",
    attempts: 4,
    runbookUrl: "https://studio.example.com/runbook#dead-letters",
  },
  status_report: {
    ...owner,
    period: "22 November 2026",
    jobs: [
      { type: "invoice_email", completed: 214, failed: 1, waiting: 0 },
      { type: "order_confirmation", completed: 198, failed: 0, waiting: 3 },
      { type: "email_broadcast", completed: 1, failed: 0, waiting: 0 },
    ],
    notes: "The one failure was replayed by hand at 14:05.",
  },
  marketing: {
    ...ada,
    subject: "New work from the kiln",
    preview: "Twelve pieces, fired last week",
    heading: "Twelve pieces, fired last week",
    paragraphs: [
      "The kiln has cooled down, and twelve new pieces stand on the shelf: vases, bowls, and one very large plate.",
      "Readers of this letter may choose before everybody else, until Sunday.",
    ],
    imageKey: "news/kiln.png",
    action: { label: "See the new work", url: "https://studio.example.com/new" },
  },
  product_announcement: {
    ...ada,
    subject: "Now in the shop: the celadon vase",
    preview: "28 cm of quiet green",
    product: {
      name: "Stoneware vase, celadon",
      description: "Thrown by hand, glazed in celadon, 28 cm high.\nNo two are alike.",
      amount: 22_385,
      currency: "EUR",
      imageKey: "products/vase.png",
      url: "https://studio.example.com/vase",
    },
    paragraphs: ["It took us two years to find this green."],
  },
};

/** What every kind's template is given: what was enqueued, and the records that it names. */
export const mailSamples: { readonly [Kind in MailKind]: TemplateData<Kind> } = {
  ...enqueued,
  order_confirmation: { ...enqueued.order_confirmation, order: sampleOrder },
  shipping_notification: { ...enqueued.shipping_notification, order: sampleOrder },
  status_update: { ...enqueued.status_update, order: sampleOrder },
  gift_card: { ...enqueued.gift_card, card: sampleGiftCard },
};

/** A sample as it would be enqueued, `{ type, data }`, without what is read from the records. */
export function samplePayload<Kind extends MailKind>(
  kind: Kind,
): { readonly type: Kind; readonly data: MailData<Kind> } {
  return { type: kind, data: enqueued[kind] };
}

/** Content ids of all images that the samples show. */
export const SAMPLE_IMAGES: ReadonlyMap<string, string> = new Map([
  ["brand/logo.png", "logo@sample"],
  ["products/vase.png", "vase@sample"],
  ["products/catalogue.png", "catalogue@sample"],
  ["news/kiln.png", "kiln@sample"],
]);

export const sampleContext = (locale = "en-GB", changes: Partial<MailContext> = {}): MailContext => ({
  settings: sampleSeller,
  locale,
  images: SAMPLE_IMAGES,
  ...changes,
});
