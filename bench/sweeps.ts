/**
 * `npm run sweeps:check`: the sweeps of bookings and stores over 100,000 bookings and 10,000 tenants in the DynamoDB emulator,
 * each in a process with its function's memory, over several claims, while 1 % of what is due is broken; each runs twice.
 * Prints what they came to, and their read and write units for each due item, which must not grow with the table. Exit status
 * 1 when anything is wrong.
 */
import { parseArgs } from "node:util";

import { checkSweeps, HEAP_MB, type SweepReport } from "./support/sweeps/check-sweeps.ts";
import type { Scale } from "./support/sweeps/test-records.ts";

const { values } = parseArgs({
  options: {
    bookings: { type: "string", default: "100000" },
    due: { type: "string", default: "5000" },
    tenants: { type: "string", default: "10000" },
    "due-tenants": { type: "string", default: "500" },
    failing: { type: "string", default: "0.01" },
    /** Leaves out the table of a tenth, which the units are compared with. */
    "no-tenth": { type: "boolean", default: false },
    /** All sweeps in one process. */
    "one-process": { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});

/** Units for an item may differ so much: errors on the job's row, and its claims, are shared by fewer items. */
const LARGEST_RATIO = 1.15;
const TENTH = 10;

function numberOf(name: "bookings" | "due" | "tenants" | "due-tenants" | "failing"): number {
  const number = Number(values[name]);
  if (number > 0) return number;
  throw new Error(`--${name} is a number over 0.`);
}

const scale: Scale = {
  bookings: numberOf("bookings"),
  due: numberOf("due"),
  tenants: numberOf("tenants"),
  dueTenants: numberOf("due-tenants"),
  failingEvery: Math.round(1 / numberOf("failing")),
};
if (scale.bookings < 3 * scale.due)
  throw new Error("--bookings is three times --due at least: three sweeps share them.");
if (scale.tenants < 3 * scale.dueTenants) throw new Error("--tenants is three times --due-tenants at least.");

const say = (line: string) => void (values.json || process.stderr.write(`${line}\n`));
const options = { isOneProcess: values["one-process"], say };
const reports = await checkSweeps({ ...options, scale });
const tenth = values["no-tenth"]
  ? []
  : await checkSweeps({
      ...options,
      scale: {
        ...scale,
        bookings: scale.bookings / TENTH,
        due: scale.due / TENTH,
        tenants: scale.tenants / TENTH,
        dueTenants: scale.dueTenants / TENTH,
      },
    });

const perItem = ({ first, due }: SweepReport) => ({ reads: first.reads / due, writes: first.writes / due });

function growthOf(report: SweepReport) {
  const smaller = tenth.find(({ type }) => type === report.type);
  if (smaller === undefined) return undefined;
  const [large, small] = [perItem(report), perItem(smaller)];
  return { reads: large.reads / small.reads, writes: large.writes / small.writes };
}

const inMb = (bytes: number) => Math.round(bytes / 1_048_576);

const sweeps = reports.map((report) => {
  const { type, due, first, problems } = report;
  const growth = growthOf(report);
  const hasGrown = growth !== undefined && Math.max(growth.reads, growth.writes) > LARGEST_RATIO;
  return {
    type,
    due,
    result: first.result,
    claims: first.claims,
    seconds: first.seconds,
    peakHeapMb: inMb(first.peakHeapBytes),
    peakRssMb: inMb(first.peakRssBytes),
    unitsPerDueItem: perItem(report),
    growth,
    problems: [...problems, ...(hasGrown ? ["its units grow with the table"] : [])],
  };
});
const problems = [
  ...sweeps.flatMap(({ type, problems: found }) => found.map((each) => `${type}: ${each}`)),
  ...tenth.flatMap(({ type, problems: found }) => found.map((each) => `${type}, a tenth: ${each}`)),
];
if (values.json) process.stdout.write(`${JSON.stringify({ ...scale, sweeps, problems })}\n`);
else process.stdout.write(`${linesOf().join("\n")}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;

function linesOf(): string[] {
  const heap = `heaps may grow to ${HEAP_MB} MB`;
  return [
    `${scale.bookings} bookings, ${scale.due} due; ${scale.tenants} tenants, ${scale.dueTenants} due; ${heap}`,
    ...sweeps.map(({ type, due, claims, seconds, peakHeapMb, peakRssMb, unitsPerDueItem: units, growth, result }) => {
      const { errors, ...counts } = result as { errors: readonly string[] }; // checked above
      const grown = growth && `, × ${growth.reads.toFixed(2)} and × ${growth.writes.toFixed(2)} of a tenth's`;
      return [
        `${type}: ${JSON.stringify({ ...counts, errors: `${errors.length} listed` })}`,
        `  ${due} due in ${claims} claims and ${seconds.toFixed(1)} s; heap ${peakHeapMb} MB, RSS ${peakRssMb} MB with tsx`,
        `  ${units.reads.toFixed(2)} read and ${units.writes.toFixed(2)} write units for each${grown ?? ""}`,
      ].join("\n");
    }),
    problems.length === 0 ? "All is right." : problems.join("\n"),
  ];
}
