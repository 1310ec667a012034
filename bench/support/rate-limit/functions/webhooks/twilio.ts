export { handler } from "../../../../../functions/webhooks/twilio.ts";
