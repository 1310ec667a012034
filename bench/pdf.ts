/**
 * `npm run bench:pdf [-- --renders 100 --lines 10]`: an invoice as PDF by `renderInvoicePdf`, by pdfkit alone drawing the same
 * page with the same two fonts, and by printing equal HTML in Chromium: in one process, in turn, warm. Exits with 1 when
 * ours takes more than twice pdfkit's time.
 */
import { registerHooks } from "node:module";
import { parseArgs } from "node:util";

import { heldAfter, usedByOne } from "./support/pdf/memory.ts";
import { describeTimes, median } from "./support/pdf/times.ts";

// Fonts are imported as bytes, which bundles and tests do by a loader each; here Node does it.
registerHooks({
  load: (url, context, nextLoad) =>
    url.endsWith(".ttf")
      ? {
          format: "module",
          shortCircuit: true,
          source: `import { readFileSync } from "node:fs";
export default new Uint8Array(readFileSync(new URL(${JSON.stringify(url)})));`,
        }
      : nextLoad(url, context),
});
const { openRenderers } = await import("./support/pdf/renderers.ts");

const { values } = parseArgs({
  options: { renders: { type: "string", default: "100" }, lines: { type: "string", default: "10" } },
});
const renders = Number(values.renders);
const print = (line: string) => process.stdout.write(`${line}\n`);
const WARM_UP = 20;
const MOST_TIMES_OF_PDFKIT = 2;

await using open = await openRenderers({ lines: Number(values.lines) });
const times = new Map(open.renderers.map(({ name }) => [name, [] as number[]]));
for (let round = 0; round < WARM_UP + renders; round += 1) {
  // In turn, so that what else the machine does falls on all of them alike.
  for (const { name, render } of open.renderers) {
    const start = performance.now();
    await render();
    if (round >= WARM_UP) times.get(name)?.push(performance.now() - start);
  }
}

for (const { name, render, isOutside } of open.renderers) {
  const used = await usedByOne(render, isOutside);
  const held = await heldAfter(render, isOutside);
  print(`${name.padEnd(18)} ${describeTimes(times.get(name) ?? [])}   ${used}, ${held}`);
}
const [ours, pdfkit, chromium] = open.renderers.map(({ name }) => median(times.get(name) ?? []));
if (ours === undefined || pdfkit === undefined || chromium === undefined) throw new Error("A renderer is missing.");
const ratio = ours / pdfkit;
print(`ours / pdfkit   ${ratio.toFixed(2)} (at most ${MOST_TIMES_OF_PDFKIT})`);
print(`ours / Chromium ${(ours / chromium).toFixed(2)}`);
if (ratio > MOST_TIMES_OF_PDFKIT) process.exitCode = 1;
