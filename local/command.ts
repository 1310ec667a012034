import { randomInt } from "node:crypto";

import { banner } from "./banner.ts";
import { PortsTakenError } from "./listener.ts";
import { type Runtime, type RuntimeOptions, startRuntime } from "./runtime.ts";
import { readSettings, SettingsError, type StartSettings, USAGE } from "./settings.ts";

/** What a first visitor finds; see `RuntimeOptions`. */
export type CommandOptions = Pick<RuntimeOptions, "seed" | "payExample">;

/** `npm start`: reads the settings, starts, says where everything is, and runs until it is told to stop. */
export async function runStartCommand(options: CommandOptions = {}): Promise<void> {
  const startedAtMs = performance.now();
  try {
    const settings = readSettings({
      argv: process.argv.slice(2),
      environment: process.env,
      randomSeed: () => randomInt(2 ** 32),
    });
    if (settings.isHelp) return void process.stdout.write(USAGE);
    const stopping = stopOnSignal();
    const runtime = await startRuntime({ ...runtimeOptions(settings), ...options });
    stopping.attach(runtime);
    announce(runtime, settings, performance.now() - startedAtMs);
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = 1;
  }
}

function runtimeOptions({ ports, timeScale, isQuiet, chaosSeed }: StartSettings): RuntimeOptions {
  return { ports, timeScale, quiet: isQuiet, chaosSeed };
}

/** In JSON mode stdout has exactly one line, whatever else there is to say. */
function announce({ info, notices }: Runtime, { isJson, chaosSeed }: StartSettings, startedInMs: number): void {
  const text = `${banner({ info, notices, startedInMs, chaosSeed })}\n`;
  if (isJson) process.stdout.write(`${JSON.stringify(info)}\n`);
  (isJson ? process.stderr : process.stdout).write(text);
}

/** A problem that somebody can mend is told in words; anything else with its stack. */
function explain(error: unknown): string {
  if (error instanceof SettingsError || error instanceof PortsTakenError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** One Ctrl-C reaches this process several times: from the terminal, from npm and from tsx. */
const SAME_SIGNAL_MS = 500;

interface Stopping {
  attach(runtime: Runtime): void;
}

/**
 * The first signal stops all in order, the second one ends at once. A signal during the start is obeyed as soon as there
 * is something to stop.
 */
function stopOnSignal(): Stopping {
  let runtime: Runtime | undefined;
  let firstSignalAtMs: number | undefined;
  const stop = () => {
    void runtime?.stop().catch((error: unknown) => {
      process.stderr.write(`${explain(error)}\n`);
      process.exitCode = 1;
    });
  };
  const onSignal = () => {
    if (firstSignalAtMs !== undefined) {
      if (performance.now() - firstSignalAtMs < SAME_SIGNAL_MS) return;
      runtime?.kill();
      process.exit(130); // 128 + SIGINT, as shells count
    }
    firstSignalAtMs = performance.now();
    process.stderr.write("\nBackline is stopping. Press Ctrl-C again to end at once.\n");
    stop();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  return {
    attach: (started) => {
      runtime = started;
      if (firstSignalAtMs !== undefined) stop();
    },
  };
}
