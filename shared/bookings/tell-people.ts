import { email, whatsappMessage } from "../catalog/messaging.ts";
import type { MailPayload } from "../contracts/mail-kinds.ts";
import type { TemplateFill } from "../contracts/text-message.ts";
import { toEnqueue } from "../engine/enqueue.ts";
import { isoTime } from "../engine/iso-time.ts";
import type { JobContext } from "../engine/job-context.ts";
import type { EpochMs } from "../job/job.ts";
import type { Services } from "../lambda/compose-services.ts";
import { enqueueOnce } from "../engine/enqueue-once.ts";
import type { Booking } from "../records/booking.ts";
import { notifications } from "../records/notification.ts";
import { clients, performers, type Client, type Performer } from "../records/people.ts";
import { derivedId } from "../sweeps/derived-id.ts";

/** Which side of a booking somebody is on. */
export type Side = "client" | "performer";

/** Both sides of a booking; whom one of them is told about is the other. */
export interface Sides {
  readonly client: Client;
  readonly performer: Performer;
}

/** What is told, and how. */
export interface Telling {
  /** Also the kind of the notification; one telling for each booking and occasion. */
  readonly occasion: "booking_cancelled" | "booking_reminder" | "booking_payment_reminder";
  readonly sides: readonly Side[];
  /** When it is of no use any more: what has not begun to go out by then does not; never by default. */
  readonly until?: EpochMs;
  mailTo(side: Side, people: Sides): MailPayload;
  messageTo(side: Side, people: Sides): TemplateFill;
}

type TellingServices = Pick<Services, "records" | "clock">;

/**
 * Has both sides of a booking told: a mail, a WhatsApp message to those who have agreed to it, and a notification in their
 * account. Nothing is sent here, and every key follows from booking, occasion and side: calling it again changes nothing.
 *
 * @returns ids of the jobs that tell them.
 * @throws PermanentError `RECORD_NOT_FOUND` for a side that is not on record.
 */
export async function tellPeople(
  job: Pick<JobContext<unknown>, "enqueue">,
  services: TellingServices,
  booking: Booking,
  telling: Telling,
): Promise<string[]> {
  const people = await peopleOf(services, booking);
  const jobIds: string[] = [];
  for (const side of telling.sides) jobIds.push(...(await tellSide(job, services, { booking, telling, people, side })));
  return jobIds;
}

async function peopleOf({ records }: TellingServices, { clientId, performerId }: Booking): Promise<Sides> {
  const client = await clients.get(records, { id: clientId });
  const performer = await performers.get(records, { id: performerId });
  return { client: client.body, performer: performer.body };
}

/** At least a moment: whether it is too late already was asked by whoever tells. */
const lifeOf = ({ until }: Telling, now: EpochMs) => until !== undefined && { ttlMs: Math.max(1, until - now) };

interface TellingOfSide {
  readonly booking: Booking;
  readonly telling: Telling;
  readonly people: Sides;
  readonly side: Side;
}

async function tellSide(
  job: Pick<JobContext<unknown>, "enqueue">,
  { records, clock }: TellingServices,
  { booking, telling, people, side }: TellingOfSide,
): Promise<string[]> {
  const { phone, wantsWhatsApp, locale } = people[side];
  const key = derivedId(telling.occasion, booking.bookingId, side);
  const options = { idempotencyKey: key, ...lifeOf(telling, clock.now()) };
  const jobIds = [await enqueueOnce(job, toEnqueue(email, telling.mailTo(side, people), options))];
  // Died here: the next attempt finds the mail's job under the same key.
  const isMessaged = wantsWhatsApp && phone !== undefined;
  if (isMessaged) {
    const payload = { to: phone, ...(locale !== undefined && { locale }), content: telling.messageTo(side, people) };
    jobIds.push(await enqueueOnce(job, toEnqueue(whatsappMessage, payload, options)));
  }
  // Died here: likewise.
  await notifications.create(records, {
    notificationId: key,
    recipient: { role: side, id: side === "client" ? booking.clientId : booking.performerId },
    kind: telling.occasion,
    about: booking.bookingId,
    channels: isMessaged ? ["email", "whatsapp"] : ["email"],
    createdAt: isoTime(clock.now()),
  });
  return jobIds;
}
