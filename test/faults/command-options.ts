import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";

export const USAGE = `npm run faults -- [--single | --double | --random N | --replay SCHEDULE] [options]

  --single         every call of every job type meets every fault (the default)
  --double         pairs of faults: a seeded sample of 4,000 for each subject
  --random N       N schedules of random faults at random calls
  --replay NAME    one schedule again, with its trace
  --all            with --single: every fault in every environment, instead of one in turn; with --double: every pair
  --emulators      the jobs table in the DynamoDB emulator instead of memory; a smaller share
  --share F        with --single: of each job type of the catalog only this share (0 to 1) of its schedules, drawn by the
                   seed
  --probes F       with --single: of the harness's own probes only this share
  --threads N      how many threads share the work; one for each core by default
  --types a,b      only these subjects (a job type's scenarios go with it)
  --seed S         of --random and of samples; printed, random by default
  --json           one line of JSON

A schedule's name says what is done: \`single:invoice_email:7:lost:once:skew+\` lets the answer to call 7 get lost,
delivers once, and sets the clocks five minutes apart. A finding comes with the name of its schedule.
Faults: before, after (the process dies), refused, throttled (nothing is done), lost, again (done; the answer gets lost, or it is
done twice), belated, late (the request arrives after it was given up), stall, freeze (the process sleeps beyond its lease);
cancel (a person cancels the job). The table is in test/faults/fault-plan.ts.
Environments: plain, reorder, lag (of the indexes), skew+ and skew-. All of --single takes some minutes.

Exit status 1 when anything was found.`;

export interface CommandOptions {
  readonly mode: "single" | "double" | "random" | "replay" | "help";
  readonly count: number;
  readonly schedule: string;
  readonly isAll: boolean;
  readonly isOnEmulators: boolean;
  readonly catalogShare: number;
  readonly probeShare: number;
  readonly threads: number;
  readonly types: readonly string[] | undefined;
  readonly seed: number;
  readonly isJson: boolean;
}

/** @throws Error saying what is wrong with the arguments. */
export function readOptions(args: readonly string[], randomSeed: number): CommandOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      single: { type: "boolean" },
      double: { type: "boolean" },
      random: { type: "string" },
      replay: { type: "string" },
      all: { type: "boolean", default: false },
      emulators: { type: "boolean", default: false },
      share: { type: "string" },
      probes: { type: "string" },
      threads: { type: "string" },
      types: { type: "string" },
      seed: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  const modes = (["single", "double", "random", "replay", "help"] as const).filter(
    (each) => values[each] !== undefined,
  );
  if (modes.length > 1) throw new Error(`Choose one of ${modes.map((mode) => `--${mode}`).join(" and ")}.`);
  return {
    mode: modes[0] ?? "single",
    count: wholeNumber("random", values.random ?? "1"),
    schedule: values.replay ?? "",
    isAll: values.all,
    isOnEmulators: values.emulators,
    catalogShare: shareOf("share", values.share ?? "1"),
    probeShare: shareOf("probes", values.probes ?? "1"),
    // One emulator serves one table.
    threads: values.emulators ? 1 : Math.max(1, wholeNumber("threads", values.threads ?? `${availableParallelism()}`)),
    types: values.types?.split(","),
    seed: values.seed === undefined ? randomSeed : wholeNumber("seed", values.seed),
    isJson: values.json,
  };
}

function shareOf(option: string, text: string): number {
  const share = Number(text);
  if (share >= 0 && share <= 1) return share;
  throw new Error(`--${option} takes a number from 0 to 1, not "${text}".`);
}

function wholeNumber(option: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new Error(`--${option} takes a whole number, not "${text}".`);
}
