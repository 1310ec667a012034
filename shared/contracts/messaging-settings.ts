import * as z from "zod";

/** Only the shape: settings are read by every function that mails, and libphonenumber's tables are 80 KB. */
const senderNumber = z.string().regex(/^\+[1-9]\d{6,14}$/, "must be a phone number in E.164 form such as +31612345678");

/** Who sends WhatsApp and SMS messages, and the templates that Meta has approved. */
export const messagingSettings = z.object({
  /** A number, or a Twilio messaging service (`MG…`), which chooses one. */
  smsFrom: z.union([senderNumber, z.string().regex(/^MG[0-9a-f]{32}$/)]).optional(),
  whatsappFrom: senderNumber.optional(),
  /** Our template's name → Twilio's content id (`HX…`). */
  whatsappTemplates: z
    .record(
      z.string().regex(/^[a-z][a-z0-9_]{0,63}$/),
      z.string().regex(/^HX[0-9a-f]{32}$/, "must be a Twilio content id, HX and 32 hexadecimal digits"),
    )
    .default({}),
});
export type MessagingSettings = z.infer<typeof messagingSettings>;
