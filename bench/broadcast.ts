/**
 * `npm run broadcast:check`: a broadcast on the embedded stack (5,000 recipients by default), while 1 % of the calls to SES
 * fail, get lost or are throttled, two of its processes are killed, and it is paused in the middle. Prints what the embedded
 * SES has received; exit status 1 when anybody got two mails, none, or one in spite of the suppression list.
 */
import { parseArgs } from "node:util";

import { checkBroadcast, isRight } from "./support/broadcast/check-broadcast.ts";

const { values } = parseArgs({
  options: {
    recipients: { type: "string", default: "5000" },
    rate: { type: "string", default: "500" },
    // Receipts are waited for in two minutes: 10,000 events of SES take their time on two cores.
    "time-scale": { type: "string", default: "0.15" },
  },
});

/** A whole or broken number over zero. */
function numberOf(name: keyof typeof values): number {
  const number = Number(values[name]);
  if (number > 0) return number;
  throw new Error(`--${name} is a number over 0.`);
}

const check = await checkBroadcast({
  recipients: numberOf("recipients"),
  ratePerSecond: numberOf("rate"),
  timeScale: numberOf("time-scale"),
  say: (line) => void process.stderr.write(`${line}\n`),
});
const { trouble, totals, ...counts } = check;
const lines = Object.entries({ ...counts, seconds: counts.seconds.toFixed(1) }).map(
  ([name, value]) => `${name}: ${value}`,
);
process.stdout.write(`${lines.join("\n")}\ntrouble: ${JSON.stringify(trouble)}\nresults: ${JSON.stringify(totals)}\n`);
process.exitCode = isRight(check) ? 0 : 1;
