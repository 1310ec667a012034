/**
 * `npm run seller -- --table <records table> <file.json>`: stores the seller's settings, with the credentials and the
 * region of the environment. Prints every problem of the file at once and stores nothing then.
 */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";

import { dynamoClient } from "../shared/aws/clients.ts";
import { DynamoRecordStore } from "../shared/aws/dynamo-record-store.ts";
import { clientTimeoutMs } from "../shared/job/job-times.ts";
import { storeSeller } from "../shared/records/seller.ts";
import { runCommand } from "./open-engine.ts";

const USAGE = "Usage: npm run seller -- --table <records table> <file.json>   (example: examples/seller.json)";

await runCommand(async () => {
  const { values, positionals } = parseArgs({ options: { table: { type: "string" } }, allowPositionals: true });
  const [file, ...others] = positionals;
  if (values.table === undefined || file === undefined || others.length > 0) throw new Error(USAGE);
  const records = new DynamoRecordStore(dynamoClient({ timeoutMs: clientTimeoutMs() }), values.table);
  const { name } = await storeSeller(records, await readJson(file));
  return `The settings of ${name} are stored in ${values.table}.`;
});

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, "utf8");
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is not JSON: ${error instanceof Error ? error.message : "unreadable"}`, { cause: error });
  }
}
