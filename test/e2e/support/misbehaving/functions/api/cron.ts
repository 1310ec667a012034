export { handler } from "../../../../../../functions/api/cron.ts";
