export { makeTestFolder as default } from "./test-folder.ts";
