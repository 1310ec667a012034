/**
 * `npm run seller -- --table <records table> <file.json>`: stores the seller's settings, with the credentials and the
 * region of the environment. Prints every problem of the file at once and stores nothing then.
 */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";

import * as z from "zod";

import { dynamoClient } from "../shared/aws/clients.ts";
import { DynamoRecordStore } from "../shared/aws/dynamo-record-store.ts";
import { clientTimeoutMs } from "../shared/job/job-times.ts";
import { storeSeller } from "../shared/records/seller.ts";

const USAGE = "Usage: npm run seller -- --table <records table> <file.json>   (example: examples/seller.json)";

async function main(): Promise<string> {
  const { values, positionals } = parseArgs({ options: { table: { type: "string" } }, allowPositionals: true });
  const [file] = positionals;
  if (values.table === undefined || file === undefined) throw new Error(USAGE);
  const settings: unknown = JSON.parse(await readFile(file, "utf8"));
  const records = new DynamoRecordStore(dynamoClient({ timeoutMs: clientTimeoutMs() }), values.table);
  const { name } = await storeSeller(records, settings);
  return `The settings of ${name} are stored in ${values.table}.`;
}

function explain(error: unknown): string {
  if (error instanceof z.ZodError) return `The settings are not right; nothing is stored.\n${z.prettifyError(error)}`;
  return error instanceof Error ? error.message : String(error);
}

try {
  process.stdout.write(`${await main()}\n`);
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}
