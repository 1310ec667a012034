export { handler } from "../../../../../functions/api/unsubscribe.ts";
