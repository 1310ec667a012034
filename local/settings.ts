import { readConfig } from "../infra/config.ts";
import type { RuntimePorts } from "./runtime-options.ts";

/** What the command line and the environment may choose. */
export interface StartSettings {
  readonly ports: RuntimePorts;
  readonly timeScale: number;
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  /** Set when chaos is wanted. */
  readonly chaosSeed: number | undefined;
  readonly isHelp: boolean;
}

export interface SettingSources {
  /** Arguments after the script's name. */
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** For a chaos run that names no seed. */
  readonly randomSeed: () => number;
}

export const USAGE = `Usage: npm start -- [options]

  --port <port>         First of three ports: HTTP API, mailbox, AWS services. 0 takes any free ones.
                        Default 4000; also BACKLINE_PORT.
  --time-scale <scale>  Scales the times of jobs and of the ticker (crons keep the real clock), 0 to 1: 0.1 makes a minute six
                        seconds. Default 1; also BACKLINE_TIME_SCALE.
  --chaos[=<seed>]      Delivers messages twice, late and out of order. The same seed, the same disorder.
  --json                Prints one line of JSON with every address on stdout once all is ready.
  --quiet               Does not show what the functions log.
  --help                Shows this.
`;

const DEFAULT_PORT = 4000;
/** Three ports in a row must fit below 65536. */
const HIGHEST_PORT = 65_533;
const MAX_SEED = 2 ** 32 - 1;

/** Wrong settings, all of them. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";

  constructor(problems: readonly string[]) {
    super(`Backline cannot start like this:\n${problems.map((problem) => `- ${problem}`).join("\n")}\n\n${USAGE}`);
  }
}

/** Flags with a value, and flags that may go without one. */
const FLAGS: Readonly<Record<string, "value" | "optional" | "none">> = {
  port: "value",
  "time-scale": "value",
  chaos: "optional",
  json: "none",
  quiet: "none",
  help: "none",
};

/** @throws SettingsError that lists every problem at once. */
export function readSettings({ argv, environment, randomSeed }: SettingSources): StartSettings {
  const problems: string[] = [];
  const flags = readFlags(argv, problems);
  const settings: StartSettings = {
    ports: portsFrom(readPort(flags.get("port"), environment["BACKLINE_PORT"], problems)),
    timeScale: readTimeScale(flags.get("time-scale"), environment["BACKLINE_TIME_SCALE"], problems),
    isJson: flags.has("json"),
    isQuiet: flags.has("quiet"),
    chaosSeed: flags.has("chaos") ? readSeed(flags.get("chaos"), randomSeed, problems) : undefined,
    isHelp: flags.has("help"),
  };
  problems.push(...configurationProblems(environment));
  if (problems.length > 0) throw new SettingsError(problems);
  return settings;
}

/** What the synthesis would refuse later, one by one with its own list; told here with the rest. */
function configurationProblems(environment: SettingSources["environment"]): string[] {
  const { BACKLINE_TIME_SCALE: _checkedAbove, ...others } = environment;
  try {
    readConfig({ environment: others });
    return [];
  } catch (error) {
    const lines = error instanceof Error ? error.message.split("\n") : [String(error)];
    return lines.filter((line) => line.startsWith("- ")).map((line) => line.slice("- ".length));
  }
}

/** `--name=value` and `--name value`. A flag without its value is noted and left out. */
function readFlags(argv: readonly string[], problems: string[]): Map<string, string | undefined> {
  const flags = new Map<string, string | undefined>();
  for (let index = 0; index < argv.length; index += 1) {
    const [, name = "", inline] = /^--([^=]+)(?:=(.*))?$/s.exec(argv[index] ?? "") ?? [];
    const kind = FLAGS[name];
    const next = argv[index + 1];
    if (kind === undefined) problems.push(`${argv[index]}: there is no such option.`);
    else if (kind === "none" && inline !== undefined) problems.push(`--${name} takes no value.`);
    else if (kind !== "value" || inline !== undefined) flags.set(name, inline);
    else if (next === undefined || next.startsWith("--")) problems.push(`--${name} needs a value.`);
    else {
      flags.set(name, next);
      index += 1;
    }
  }
  return flags;
}

function readPort(flag: string | undefined, variable: string | undefined, problems: string[]): number {
  const { text, from } = chosen({ flag, variable }, "--port", "BACKLINE_PORT");
  if (text === undefined) return DEFAULT_PORT;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= HIGHEST_PORT) return port;
  problems.push(
    `${from} is "${text}": it must be a whole number from 0 to ${HIGHEST_PORT}, for three ports follow each other.`,
  );
  return DEFAULT_PORT;
}

const portsFrom = (first: number): RuntimePorts =>
  first === 0 ? { api: 0, mailbox: 0, aws: 0 } : { api: first, mailbox: first + 1, aws: first + 2 };

function readTimeScale(flag: string | undefined, variable: string | undefined, problems: string[]): number {
  const { text, from } = chosen({ flag, variable }, "--time-scale", "BACKLINE_TIME_SCALE");
  if (text === undefined) return 1;
  const scale = text.trim() === "" ? Number.NaN : Number(text);
  if (scale > 0 && scale <= 1) return scale;
  problems.push(`${from} is "${text}": it must be a number over 0 and at most 1.`);
  return 1;
}

function readSeed(text: string | undefined, randomSeed: () => number, problems: string[]): number {
  if (text === undefined) return randomSeed();
  const seed = Number(text);
  if (/^\d+$/.test(text) && seed <= MAX_SEED) return seed;
  problems.push(`--chaos is "${text}": its seed must be a whole number from 0 to ${MAX_SEED}.`);
  return 0;
}

/** The flag wins over the variable; an empty variable counts as none. */
function chosen(
  { flag, variable }: { readonly flag: string | undefined; readonly variable: string | undefined },
  flagName: string,
  variableName: string,
): { text: string | undefined; from: string } {
  if (flag !== undefined) return { text: flag, from: flagName };
  return { text: variable === "" ? undefined : variable, from: variableName };
}
