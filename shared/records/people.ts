import * as z from "zod";

import { emailAddress, identifier, localeTag, singleLine, timeZone } from "../contracts/fields.ts";
import { phoneNumber } from "../contracts/phone-number.ts";
import { RecordModel } from "./record-model.ts";

/** Somebody who is told about a booking. */
const person = {
  name: singleLine(100),
  email: emailAddress,
  phone: phoneNumber.optional(),
  /** Whether they have agreed to WhatsApp messages; without it they get mail only. */
  wantsWhatsApp: z.boolean().default(false),
  /** The language of what they are told; the seller's by default. */
  locale: localeTag.optional(),
  /** Where they read the time; the booking's by default. */
  timeZone: timeZone.optional(),
};

const client = z.object({ clientId: identifier, ...person });
/** Who books. */
export type Client = z.infer<typeof client>;
export const clients = new RecordModel<Client>({
  kind: "client",
  schema: client,
  keyOf: ({ clientId }) => ({ id: clientId }),
});

const performer = z.object({ performerId: identifier, ...person });
/** Who is booked. */
export type Performer = z.infer<typeof performer>;
export const performers = new RecordModel<Performer>({
  kind: "performer",
  schema: performer,
  keyOf: ({ performerId }) => ({ id: performerId }),
});
