import { parseArgs } from "node:util";

import * as z from "zod";

import type { RecordStore } from "../../shared/ports/record-store.ts";
import { readSweepSettings, storeSweepSettings } from "../../shared/records/sweep-settings.ts";
import { json } from "../layout.ts";
import { readJson } from "../read-json.ts";

const USAGE = [
  "Usage: npm run sweeps -- [--table <records table>] --show",
  "       npm run sweeps -- [--table <records table>] --file <settings.json>   (example: examples/sweeps.json)",
  "The table is that of RECORDS_TABLE by default.",
].join("\n");

const OPTIONS = {
  table: { type: "string" },
  show: { type: "boolean" },
  file: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

/** What the command needs of its surroundings. */
export interface SweepSettingsWorld {
  readonly environment: NodeJS.ProcessEnv;
  readonly openRecords: (table: string) => RecordStore;
}

/**
 * Shows the settings of the sweeps, with the defaults that are in force, or stores those of a file.
 *
 * @returns what is printed.
 * @throws Error with the usage, or listing every problem of the file: nothing is stored then.
 */
export async function sweepSettingsCommand(
  args: readonly string[],
  { environment, openRecords }: SweepSettingsWorld,
): Promise<string> {
  const { table = environment["RECORDS_TABLE"], show, file, help } = readArguments(args);
  if (help === true) return USAGE;
  if (table === undefined || table === "" || (show === true) === (file !== undefined)) throw new Error(USAGE);
  return inTable(table, async () => {
    const records = openRecords(table);
    return file === undefined ? json(await readSweepSettings(records)) : store(records, table, await readJson(file));
  });
}

/** Of an option that it does not know, Node's own message would not say which there are. */
function readArguments(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch {
    throw new Error(USAGE);
  }
}

async function store(records: RecordStore, table: string, settings: unknown): Promise<string> {
  try {
    await storeSweepSettings(records, settings);
    return `The settings of the sweeps are stored in ${table}. Every function goes by them within a minute.`;
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    throw new Error(`The settings are not right; nothing is stored.\n${z.prettifyError(error)}`, { cause: error });
  }
}

async function inTable(name: string, work: () => Promise<string>): Promise<string> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error && error.name === "ResourceNotFoundException")) throw error;
    throw new Error(`There is no table ${name} in the region.`, { cause: error });
  }
}
