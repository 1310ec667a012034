import { postalLines } from "../../billing/postal-lines.ts";
import { FULFILMENT_STATUSES, type FulfilmentStatus } from "../../contracts/order-status.ts";
import type { Order } from "../../records/order.ts";
import { Action, Address, Divider, Heading, Note, Paragraph } from "../mail-components.tsx";
import { type MailLocale, mailLocale } from "../mail-locale.ts";
import { Facts, Lines, Totals } from "../mail-tables.tsx";
import type { MailTemplate } from "../mail-template.ts";
import { linesOf, totalsOf } from "./order-lines.ts";
import { ORDER_WORDS } from "./order-words.ts";

/** All lines: for a shop's order no other document lists them. */
export const orderConfirmation: MailTemplate<"order_confirmation"> = {
  audience: "customer",
  images: ({ order }) => pictures(order),
  content: ({ order }, context) => {
    const locale = mailLocale(context.locale);
    const { labels } = locale;
    const { confirmation: words } = ORDER_WORDS[locale.language];
    const totals = totalsOf(order, locale);
    return {
      subject: words.subject(order.orderId, context.settings.name),
      preview: words.preview(totals.gross),
      language: locale.text,
      body: (
        <>
          <Heading text={words.heading} />
          <Paragraph text={labels.greeting(order.customer.name)} />
          <Paragraph text={words.intro} />
          <Facts
            facts={[
              [labels.order, order.orderId],
              [labels.paymentReference, order.paymentReference],
            ]}
          />
          <Divider />
          <Lines lines={linesOf(order, locale)} />
          <Divider />
          <Totals totals={totals.rows} />
          <DeliveryAddress order={order} locale={locale} />
        </>
      ),
    };
  },
};

/** No prices: it says what comes and where, and is often forwarded to whoever opens the door. */
export const shippingNotification: MailTemplate<"shipping_notification"> = {
  audience: "customer",
  images: ({ order }) => pictures(order),
  content: ({ order, carrier, trackingNumber, trackingUrl }, context) => {
    const locale = mailLocale(context.locale);
    const words = ORDER_WORDS[locale.language];
    const { title, text } = words.statuses.shipped;
    return {
      subject: words.shipping.subject(order.orderId, context.settings.name),
      preview: [text, carrier, trackingNumber].filter((part) => part !== undefined).join(" · "),
      language: locale.text,
      body: (
        <>
          <Heading text={title} />
          <Paragraph text={locale.labels.greeting(order.customer.name)} />
          <Paragraph text={text} />
          <Facts
            facts={[
              [locale.labels.order, order.orderId],
              [words.shipping.carrier, carrier],
              [words.shipping.trackingNumber, trackingNumber],
            ]}
          />
          {trackingUrl !== undefined && <Action label={words.shipping.track} url={trackingUrl} />}
          <Divider />
          <Lines lines={linesOf(order, locale).map(({ what, imageKey }) => ({ what, imageKey }))} />
          <DeliveryAddress order={order} locale={locale} />
        </>
      ),
    };
  },
};

export const statusUpdate: MailTemplate<"status_update"> = {
  audience: "customer",
  content: ({ order, status, note }, context) => {
    const locale = mailLocale(context.locale);
    const words = ORDER_WORDS[locale.language];
    const known = isFulfilmentStatus(status) ? words.statuses[status] : undefined;
    const title = known?.title ?? words.otherStatus;
    return {
      subject: words.statusSubject(title, order.orderId),
      preview: known?.text ?? `${words.status}: ${status}`,
      language: locale.text,
      body: (
        <>
          <Heading text={title} />
          <Paragraph text={locale.labels.greeting(order.customer.name)} />
          {known !== undefined && <Paragraph text={known.text} />}
          <Facts
            facts={[
              [locale.labels.order, order.orderId],
              [words.status, known === undefined ? status : undefined],
            ]}
          />
          {note !== undefined && <Note title={words.noteFrom(context.settings.name)} text={note} />}
        </>
      ),
    };
  },
};

const isFulfilmentStatus = (status: string): status is FulfilmentStatus =>
  (FULFILMENT_STATUSES as readonly string[]).includes(status);

const pictures = ({ lines }: Order): string[] =>
  lines.flatMap(({ thumbnailKey }) => (thumbnailKey === undefined ? [] : [thumbnailKey]));

interface DeliveryAddressProps {
  readonly order: Order;
  readonly locale: MailLocale;
}

function DeliveryAddress({ order: { shipping, customer }, locale }: DeliveryAddressProps) {
  const address = shipping?.address ?? customer.address;
  const lines = [shipping?.name ?? customer.name, ...postalLines(address, locale.text)];
  return <Address title={ORDER_WORDS[locale.language].shipTo} lines={lines} />;
}
