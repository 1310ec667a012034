import { Action, Heading, Note, Paragraph, SmallPrint } from "../mail-components.tsx";
import { type LocalMoment, localMoment, type MailLocale, mailLocale } from "../mail-locale.ts";
import { Facts } from "../mail-tables.tsx";
import type { MailTemplate, TemplateData } from "../mail-template.ts";
import { BOOKING_WORDS } from "./booking-words.ts";

export const bookingReminder: MailTemplate<"booking_reminder"> = {
  audience: "customer",
  content: (booking, { settings, locale: tag }) => {
    const locale = mailLocale(tag);
    const { reminder: words } = BOOKING_WORDS[locale.language];
    const when = localMoment(booking.startsAt, booking.timeZone, locale.text);
    return {
      subject: words.subject(booking.service, when.time),
      preview: [when.zone, booking.location].filter((part) => part !== undefined).join(" · "),
      language: locale.text,
      body: (
        <>
          <Heading text={words.heading} />
          {booking.name !== undefined && <Paragraph text={locale.labels.greeting(booking.name)} />}
          <Paragraph text={words.intro(settings.name)} />
          <BookingFacts booking={booking} when={when} locale={locale} />
          {booking.notes !== undefined && <Note title={words.notes} text={booking.notes} />}
          <SmallPrint text={words.change} />
        </>
      ),
    };
  },
};

export const bookingPaymentReminder: MailTemplate<"booking_payment_reminder"> = {
  audience: "customer",
  content: (booking, { locale: tag }) => {
    const locale = mailLocale(tag);
    const { payment: words } = BOOKING_WORDS[locale.language];
    const when = localMoment(booking.startsAt, booking.timeZone, locale.text);
    const amount = locale.money(booking.amount, booking.currency);
    const intro = booking.dueOn === undefined ? words.intro(amount) : words.introBy(amount, locale.day(booking.dueOn));
    return {
      subject: words.subject(booking.service),
      preview: intro,
      language: locale.text,
      body: (
        <>
          <Heading text={words.heading} />
          {booking.name !== undefined && <Paragraph text={locale.labels.greeting(booking.name)} />}
          <Paragraph text={intro} />
          <BookingFacts booking={booking} when={when} locale={locale} amount={amount} />
          {booking.payUrl !== undefined && <Action label={words.pay} url={booking.payUrl} />}
        </>
      ),
    };
  },
};

export const bookingCancelled: MailTemplate<"booking_cancelled"> = {
  audience: "customer",
  content: (booking, { settings, locale: tag }) => {
    const locale = mailLocale(tag);
    const { cancelled: words } = BOOKING_WORDS[locale.language];
    const when = localMoment(booking.startsAt, booking.timeZone, locale.text);
    const { reason, refund } = booking;
    return {
      subject: words.subject(booking.service, when.time),
      preview: reason ?? words.heading,
      language: locale.text,
      body: (
        <>
          <Heading text={words.heading} />
          {booking.name !== undefined && <Paragraph text={locale.labels.greeting(booking.name)} />}
          <Paragraph text={words.intro(settings.name)} />
          <BookingFacts booking={booking} when={when} locale={locale} />
          {reason !== undefined && <Note title={words.reason} text={reason} />}
          {refund !== undefined && <Paragraph text={words.refund(locale.money(refund.amount, refund.currency))} />}
        </>
      ),
    };
  },
};

interface BookingFactsProps {
  readonly booking: Pick<TemplateData<"booking_reminder">, "service" | "location" | "performer" | "bookingId">;
  readonly when: LocalMoment;
  readonly locale: MailLocale;
  readonly amount?: string;
}

function BookingFacts({ booking, when, locale, amount }: BookingFactsProps) {
  const words = BOOKING_WORDS[locale.language];
  return (
    <Facts
      facts={[
        [words.service, booking.service],
        [words.when, when.time],
        [words.timeZone, when.zone],
        [words.location, booking.location],
        [words.performer, booking.performer],
        [locale.labels.amount, amount],
        [words.reference, booking.bookingId],
      ]}
    />
  );
}
