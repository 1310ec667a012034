/**
 * `npm run seller -- --table <records table> <file.json>`: stores the seller's settings, with the credentials and the
 * region of the environment. Prints every problem of the file at once and stores nothing then. `--show` prints the present
 * settings as such a file, `--history` every version with who stored it and when.
 */
import { isDeepStrictEqual, parseArgs } from "node:util";

import * as z from "zod";

import { dynamoClient } from "../shared/aws/clients.ts";
import { DynamoRecordStore } from "../shared/aws/dynamo-record-store.ts";
import { systemClock } from "../shared/aws/system-ports.ts";
import { clientTimeoutMs } from "../shared/job/job-times.ts";
import { isoTime } from "../shared/engine/iso-time.ts";
import { sellerHistory, storeSeller, type SettingsVersion } from "../shared/records/seller.ts";
import { requester } from "./commands/bulk.ts";
import { json, table } from "./layout.ts";
import { runCommand } from "./open-engine.ts";
import { readJson } from "./read-json.ts";

const USAGE = [
  "Usage: npm run seller -- --table <records table> [--by <you>] <file.json>   (example: examples/seller.json)",
  "       npm run seller -- --table <records table> --show | --history",
].join("\n");

const OPTIONS = {
  table: { type: "string" },
  by: { type: "string" },
  show: { type: "boolean" },
  history: { type: "boolean" },
} as const;

await runCommand(async () => {
  const { values, positionals } = readArguments();
  const isReading = values.show === true || values.history === true;
  const [file, ...others] = positionals;
  const areBoth = values.show === true && values.history === true;
  if (values.table === undefined || others.length > 0 || areBoth || isReading === (file !== undefined)) {
    throw new Error(USAGE);
  }
  const records = new DynamoRecordStore(dynamoClient({ timeoutMs: clientTimeoutMs() }), values.table);
  return inTable(values.table, async () => {
    if (file !== undefined) return store(records, values, await readJson(file));
    return values.show === true ? show(records) : history(records);
  });
});

/** Of an option that it does not know, Node's own message would not say which there are. */
function readArguments() {
  try {
    return parseArgs({ options: OPTIONS, allowPositionals: true });
  } catch {
    throw new Error(USAGE);
  }
}

interface StoreOptions {
  readonly table?: string;
  readonly by?: string;
}

async function store(
  records: DynamoRecordStore,
  { table: name, by }: StoreOptions,
  settings: unknown,
): Promise<string> {
  const author = { by: requester(by), at: isoTime(systemClock.now()) };
  try {
    const seller = await storeSeller(records, settings, author);
    return `The settings of ${seller.name} are stored in ${name}.`;
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    throw new Error(`The settings are not right; nothing is stored.\n${z.prettifyError(error)}`, { cause: error });
  }
}

async function show(records: DynamoRecordStore): Promise<string> {
  const newest = (await sellerHistory(records)).at(-1);
  if (newest === undefined) throw new Error("There are no settings of a seller yet. Store some.");
  return json(newest.settings);
}

interface Row extends SettingsVersion {
  readonly changed: string;
}

async function history(records: DynamoRecordStore): Promise<string> {
  const versions = await sellerHistory(records);
  if (versions.length === 0) return "There are no settings of a seller yet.";
  const rows = versions.map((each, index) => ({ ...each, changed: changes(versions[index - 1], each) }));
  return table<Row>(
    [
      { title: "version", text: ({ version }) => String(version), isNumber: true },
      { title: "stored at", text: ({ at }) => at ?? "unknown" },
      { title: "by", text: ({ by }) => by ?? "unknown", leastWidth: 12 },
      { title: "changed", text: ({ changed }) => changed, leastWidth: 20 },
    ],
    rows,
  );
}

/** Names of the settings that differ; what they are is for `--show`. */
function changes(before: SettingsVersion | undefined, { settings }: SettingsVersion): string {
  if (before === undefined) return "everything";
  const names = [...new Set([...Object.keys(before.settings), ...Object.keys(settings)])];
  return names.filter((name) => !isDeepStrictEqual(before.settings[name], settings[name])).join(", ") || "nothing";
}

async function inTable(name: string, work: () => Promise<string>): Promise<string> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error && error.name === "ResourceNotFoundException")) throw error;
    throw new Error(`There is no table ${name} in the region.`, { cause: error });
  }
}
