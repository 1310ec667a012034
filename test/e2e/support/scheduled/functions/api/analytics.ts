export { handler } from "../../../../../../functions/api/analytics.ts";
