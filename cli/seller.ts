/**
 * `npm run seller -- --table <records table> <file.json>`: stores the seller's settings, with the credentials and the
 * region of the environment. Prints every problem of the file at once and stores nothing then.
 */
import { parseArgs } from "node:util";

import * as z from "zod";

import { dynamoClient } from "../shared/aws/clients.ts";
import { DynamoRecordStore } from "../shared/aws/dynamo-record-store.ts";
import { clientTimeoutMs } from "../shared/job/job-times.ts";
import { storeSeller } from "../shared/records/seller.ts";
import { runCommand } from "./open-engine.ts";
import { readJson } from "./read-json.ts";

const USAGE = "Usage: npm run seller -- --table <records table> <file.json>   (example: examples/seller.json)";

await runCommand(async () => {
  const { values, positionals } = parseArgs({ options: { table: { type: "string" } }, allowPositionals: true });
  const [file, ...others] = positionals;
  if (values.table === undefined || file === undefined || others.length > 0) throw new Error(USAGE);
  const records = new DynamoRecordStore(dynamoClient({ timeoutMs: clientTimeoutMs() }), values.table);
  return store(records, values.table, await readJson(file));
});

async function store(records: DynamoRecordStore, table: string, settings: unknown): Promise<string> {
  try {
    const { name } = await storeSeller(records, settings);
    return `The settings of ${name} are stored in ${table}.`;
  } catch (error) {
    if (error instanceof z.ZodError) {
      throw new Error(`The settings are not right; nothing is stored.\n${z.prettifyError(error)}`, { cause: error });
    }
    if (error instanceof Error && error.name === "ResourceNotFoundException") {
      throw new Error(`There is no table ${table} in the region.`, { cause: error });
    }
    throw error;
  }
}
