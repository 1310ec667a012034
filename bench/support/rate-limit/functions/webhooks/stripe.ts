export { handler } from "../../../../../functions/webhooks/stripe.ts";
