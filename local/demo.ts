/**
 * `npm run demo`: one paid invoice, end to end, on the embedded stack. `--json` prints only the report, on one line.
 * Exit status 0 only if all is right.
 */
import path from "node:path";
import { parseArgs } from "node:util";

import { runDemo } from "./demo-run.ts";

const OUTDIR = path.resolve(import.meta.dirname, "..", ".backline", "demo");

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
  const tell = values.json ? () => {} : (line: string) => void process.stdout.write(`${line}\n`);
  try {
    const report = await runDemo({ outdir: OUTDIR, tell });
    if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
    else tell(report.ok ? `All right, ${report.ms} ms in all.` : `Not as promised: ${JSON.stringify(report)}`);
    process.exitCode = report.ok ? 0 : 1;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (values.json) process.stdout.write(`${JSON.stringify({ ok: false, error: message })}\n`);
    else process.stderr.write(`The demo failed: ${message}\n`);
    process.exitCode = 1;
  }
}

await main();
