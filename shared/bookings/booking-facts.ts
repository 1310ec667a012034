import type { MailData } from "../contracts/mail-kinds.ts";
import type { TemplateFill } from "../contracts/text-message.ts";
import type { Booking } from "../records/booking.ts";
import type { Side, Sides } from "./tell-people.ts";

/** What every mail about a booking says. */
type MailFacts = Omit<MailData<"booking_reminder">, "notes">;
/** What every message about a booking says. */
type MessageFacts = Extract<TemplateFill, { template: "booking_reminder" }>["variables"];

const OTHER = { client: "performer", performer: "client" } as const satisfies Record<Side, Side>;

/** A booking as a mail to one side tells it: in their language and by their clock; "with" whom is the other side. */
export const mailFacts = (booking: Booking, side: Side, people: Sides): MailFacts => {
  const { email, name, locale } = people[side];
  const facts = { ...placeAndTime(booking, side, people), email, name, bookingId: booking.bookingId };
  return { ...facts, performer: people[OTHER[side]].name, ...(locale !== undefined && { locale }) };
};

/** The same for a WhatsApp message; its language is the job's own. */
export const messageFacts = (booking: Booking, side: Side, people: Sides): MessageFacts => ({
  ...placeAndTime(booking, side, people),
  name: people[side].name,
});

function placeAndTime({ service, startsAt, timeZone, location }: Booking, side: Side, people: Sides) {
  return {
    service,
    startsAt,
    timeZone: people[side].timeZone ?? timeZone,
    ...(location !== undefined && { location }),
  };
}
