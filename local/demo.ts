/**
 * `npm run demo`: one paid invoice, end to end, on the embedded stack. `--json` prints only the report, on one line.
 * Exit status 0 only if all is right.
 */
import path from "node:path";
import { parseArgs } from "node:util";

import { runDemo } from "./demo-run.ts";

const USAGE = `Usage: npm run demo -- [--json]

  --json  Prints only the report, as JSON on one line.
`;

const OUTDIR = path.resolve(import.meta.dirname, "..", ".backline", "demo");

async function main(): Promise<void> {
  const isJson = readArguments();
  if (isJson === undefined) return void (process.exitCode = 1);
  const tell = isJson ? () => {} : (line: string) => void process.stdout.write(`${line}\n`);
  try {
    const report = await runDemo({ outdir: OUTDIR, tell });
    if (isJson) process.stdout.write(`${JSON.stringify(report)}\n`);
    else tell(report.ok ? `All right, ${report.ms} ms in all.` : `Not as promised: ${JSON.stringify(report)}`);
    process.exitCode = report.ok ? 0 : 1;
  } catch (error) {
    if (isJson) process.stdout.write(`${JSON.stringify({ ok: false, error: messageOf(error) })}\n`);
    else process.stderr.write(`The demo failed: ${messageOf(error)}\n`);
    process.exitCode = 1;
  }
}

/** Whether JSON is wanted; undefined, after saying how to ask, where the arguments cannot be read. */
function readArguments(): boolean | undefined {
  try {
    return parseArgs({ options: { json: { type: "boolean", default: false } } }).values.json;
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${USAGE}`);
    return undefined;
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

await main();
