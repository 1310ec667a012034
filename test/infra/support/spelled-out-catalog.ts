import { catalog } from "../../../shared/catalog/index.ts";

const TYPES = new Set([
  "stripe_event",
  "invoice_email",
  "gift_card_delivery",
  "order_confirmation",
  "ses_event",
  "sms_message",
  "twilio_event",
]);

/** The types whose resources tests spell out, as literals; what is asked of every type is asked of the whole catalog. */
export const spelledOutCatalog = catalog.filter(({ definition }) => TYPES.has(definition.type));
