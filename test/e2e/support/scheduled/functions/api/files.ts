export { handler } from "../../../../../../functions/api/files.ts";
