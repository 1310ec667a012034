export { handler } from "../../../../../functions/api/health.ts";
