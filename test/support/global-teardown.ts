export { removeTestFolder as default } from "./test-folder.ts";
