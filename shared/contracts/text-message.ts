import * as z from "zod";

import {
  calendarDay,
  currencyCode,
  identifier,
  minorAmount,
  moment,
  singleLine,
  multiLine,
  timeZone,
  localeTag,
  webLink,
} from "./fields.ts";
import { phoneNumber } from "./phone-number.ts";

const booking = {
  name: singleLine(100),
  service: singleLine(100),
  startsAt: moment,
  /** Where the person reads the time. */
  timeZone,
  location: singleLine(150).optional(),
};

/** Templates of WhatsApp and SMS messages, each with its variables. A WhatsApp template of the same name must be approved. */
export const MESSAGE_TEMPLATES = {
  booking_reminder: z.object(booking),
  booking_payment_reminder: z.object({
    ...booking,
    amount: minorAmount,
    currency: currencyCode,
    payUrl: webLink.optional(),
  }),
  booking_cancelled: z.object(booking),
  order_shipped: z.object({
    name: singleLine(100),
    orderId: identifier,
    carrier: singleLine(60).optional(),
    trackingUrl: webLink.optional(),
  }),
  payment_due: z.object({
    name: singleLine(100),
    description: singleLine(100),
    amount: minorAmount,
    currency: currencyCode,
    dueOn: calendarDay,
    payUrl: webLink.optional(),
  }),
} as const satisfies Record<string, z.ZodType>;
export type MessageTemplate = keyof typeof MESSAGE_TEMPLATES;

const templated = Object.entries(MESSAGE_TEMPLATES).map(([template, variables]) =>
  z.object({ template: z.literal(template), variables }),
);

/** What a template is filled with, by its name. */
export type TemplateFill = {
  [Name in MessageTemplate]: {
    readonly template: Name;
    readonly variables: z.output<(typeof MESSAGE_TEMPLATES)[Name]>;
  };
}[MessageTemplate];

/** Words of one's own. On WhatsApp only within 24 hours after the person wrote (Twilio error 63016). */
export interface FreeText {
  readonly text: string;
}

/** Payload of `sms_message` and `whatsapp_message`. */
export const textMessagePayload: z.ZodType<TextMessagePayload> = z.object({
  to: phoneNumber,
  /** The language of the words; the seller's by default. */
  locale: localeTag.optional(),
  // Two casts: TypeScript cannot see a union through `map`.
  content: z.union([
    z.object({ text: multiLine(1500) }),
    z.discriminatedUnion("template", templated as never) as unknown as z.ZodType<TemplateFill>,
  ]),
});
export interface TextMessagePayload {
  readonly to: string;
  readonly locale?: string | undefined;
  readonly content: FreeText | TemplateFill;
}
