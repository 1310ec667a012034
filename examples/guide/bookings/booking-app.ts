import { dynamoClient } from "../../../shared/aws/clients.ts";
import { DynamoRecordStore } from "../../../shared/aws/dynamo-record-store.ts";
import type { RecordStore } from "../../../shared/ports/record-store.ts";
import { bookings } from "../../../shared/records/booking.ts";
import { notifications } from "../../../shared/records/notification.ts";
import { clients, performers } from "../../../shared/records/people.ts";

// #region open
/** The table that the output `RecordsTableName` names; `npm start` prints it as RECORDS_TABLE. */
export function openRecords(table = process.env["RECORDS_TABLE"] ?? ""): RecordStore {
  return new DynamoRecordStore(dynamoClient({ timeoutMs: 5_000 }), table);
}
// #endregion

// #region book
export async function book(records: RecordStore): Promise<void> {
  await clients.create(records, {
    clientId: "cl_7",
    name: "Zoë",
    email: "zoe@example.com",
    phone: "+31612345678",
    wantsWhatsApp: true, // she has ticked the box
    locale: "nl",
  });
  await performers.create(records, {
    performerId: "pf_3",
    name: "The Great Babbage",
    email: "charles@example.com",
    wantsWhatsApp: false,
    timeZone: "Europe/London", // he reads the time there, she where the event is
  });
  await bookings.create(records, {
    bookingId: "bk_42",
    clientId: "cl_7",
    performerId: "pf_3",
    service: "Close-up magic",
    startsAt: "2026-12-04T18:30:00Z",
    timeZone: "Europe/Amsterdam",
    location: "Keizersgracht 1, Amsterdam",
    status: "pending",
    price: 45_000, // in cents
    paid: 0,
    currency: "EUR",
    payUrl: "https://studio.example.com/pay/bk_42",
    createdAt: "2026-11-20T10:00:00Z",
  });
}
// #endregion

// #region change
/** `false` for a booking that was cancelled meanwhile: give the money back. */
export async function depositPaid(records: RecordStore, bookingId: string, amount: number, at: string) {
  const booking = await bookings.update(records, { id: bookingId }, ({ status, paid }) =>
    status === "pending" ? { status: "confirmed", paid: paid + amount, depositPaidAt: at } : undefined,
  );
  return booking.status === "confirmed";
}

export async function move(records: RecordStore, bookingId: string, startsAt: string): Promise<void> {
  await bookings.update(records, { id: bookingId }, () => ({ startsAt })); // its places in the lists move with it
}

export async function wasRead(records: RecordStore, notificationId: string, at: string): Promise<void> {
  await notifications.update(records, { id: notificationId }, ({ readAt }) =>
    readAt === undefined ? { readAt: at } : undefined,
  );
}
// #endregion
