import type { JobStatus } from "../../shared/job/job-state.ts";
import type { JobStore } from "../../shared/ports/job-store.ts";
import { Actors } from "./actors.ts";
import type { Call } from "./calls.ts";
import type { Environment, Fault, Schedule } from "./fault-plan.ts";
import type { Findings } from "./findings.ts";
import { judge, remainsOf, type Remains } from "./oracle.ts";
import type { Process } from "./process.ts";
import { Settling, type Director } from "./settle.ts";
import type { Subject } from "./subject.ts";
import { World } from "./world.ts";

const SKEW_MS = 5 * 60_000;
/** An index that lags catches up in the end. */
const LAGGING_MS = 20 * 60_000;

export interface RunOptions {
  readonly store?: JobStore;
  readonly isTraced?: boolean;
  /** What the run without faults has left; nothing is judged without it. */
  readonly baseline?: Remains;
}

export interface ScheduleRun {
  readonly findings: Findings;
  readonly trace: readonly string[];
  /** The calls that could have met a fault, in order: call number 1 is the first. */
  readonly calls: readonly string[];
  readonly remains: Remains;
  readonly jobIds: readonly string[];
}

/** Runs one planned schedule from the job's acceptance until nothing moves, and judges what it left. */
export async function runSchedule(
  subject: Subject,
  schedule: Schedule,
  options: RunOptions = {},
): Promise<ScheduleRun> {
  const { environment } = schedule;
  const start = Date.UTC(2026, 0, 1);
  const isLagging = (world: World) => environment === "lag" && !world.isCalm && world.now < start + LAGGING_MS;
  const world: World = new World({
    subject,
    lag: () => (isLagging(world) ? 2 : 0),
    isTraced: options.isTraced ?? false,
    ...(options.store !== undefined && { store: options.store }),
  });
  const planned = new PlannedRun(world, schedule, () => isLagging(world));
  const isQuiet = await planned.run();
  if (!isQuiet) world.findings.stick("something still moves after nine days");
  const { baseline } = options;
  if (baseline !== undefined && isQuiet) {
    await judge(world, { baseline, alsoAllowed: alsoAllowed(subject, schedule, baseline) });
    await planned.checkIdle();
  }
  const { findings, trace, rows } = world;
  return { findings, trace, calls: planned.calls, remains: await remainsOf(world), jobIds: [...rows.versions.keys()] };
}

/** How else the root may end: cancelled where somebody cancels it, failed where the faults may use up its attempts. */
function alsoAllowed(
  subject: Subject,
  { strikes, isDuplicated, environment }: Schedule,
  baseline: Remains,
): JobStatus[] {
  const isCancelled = strikes.some(({ fault }) => fault === "cancel");
  const costly = strikes.filter(({ fault }) => fault !== "cancel" && fault !== "again").length;
  // Clocks ten minutes apart let a second worker in while the first still works: each such claim is an attempt.
  const stolen = environment.startsWith("skew") && (isDuplicated || costly > 0) ? 2 : 0;
  const spare = subject.root.definition.retry.maxAttempts - Math.max(1, baseline.rootAttempts);
  const isFailed = costly + stolen > spare;
  return [
    ...(isCancelled ? (["cancelled"] as const) : []),
    ...(isFailed ? (["failed"] as const) : []),
    ...(isCancelled || isFailed ? (subject.alsoEnds ?? []) : []),
  ];
}

/** The director of a planned schedule: everything in a fixed order, but for what the schedule says. */
class PlannedRun implements Director {
  readonly calls: string[] = [];
  readonly isLagging: () => boolean;
  readonly mostSkewMs: number;
  readonly #world: World;
  readonly #schedule: Schedule;
  readonly #actors: Actors;
  readonly #settling: Settling;
  #spawned = 0;

  constructor(world: World, schedule: Schedule, isLagging: () => boolean) {
    this.#world = world;
    this.#schedule = schedule;
    this.isLagging = isLagging;
    this.mostSkewMs = schedule.environment.startsWith("skew") ? SKEW_MS : 0;
    this.#actors = new Actors(world, (kind) => this.#skewMs(kind));
    this.#settling = new Settling(world, this.#actors, this);
  }

  async run(): Promise<boolean> {
    await this.#world.furnish();
    await this.#actors.submit();
    if (this.#schedule.isDuplicated) this.#actors.duplicate();
    return this.#settling.run();
  }

  /** Another look of the ticker, twice: nothing moves. */
  async checkIdle(): Promise<void> {
    this.#world.isCalm = true;
    const writes = this.#world.rows.writes;
    for (let pass = 1; pass <= 2; pass += 1) {
      await this.#actors.tick();
      await this.#settling.finish(() => true);
    }
    const { rows, queue, findings } = this.#world;
    if (rows.writes !== writes || queue.messages.length > 0)
      findings.violation("another pass of the ticker changed something");
  }

  pickCall<Each>(calls: readonly Each[]): Each | undefined {
    return this.#schedule.environment === "reorder" ? calls.at(-1) : calls[0];
  }

  pickMessage<Each>(messages: readonly Each[]): Each | undefined {
    return this.pickCall(messages);
  }

  async faultOf(call: Call): Promise<Fault | "none"> {
    this.calls.push(`${call.process.name} ${call.name}`);
    const strike = this.#schedule.strikes.find(({ call: number }) => number === this.calls.length);
    if (strike === undefined) return "none";
    if (this.#schedule.isDuplicated) this.#actors.duplicate();
    if (strike.fault !== "cancel") return strike.fault;
    const person = await this.#actors.cancel();
    await this.#settling.finish(({ process }) => process === person);
    return "none";
  }

  /** Clients are right; every other process is five minutes fast, the others slow. */
  #skewMs(kind: Process["kind"]): number {
    if (kind === "client" || !this.#schedule.environment.startsWith("skew")) return 0;
    this.#spawned += 1;
    const isFast = (this.#spawned % 2 === 1) === (this.#schedule.environment === ("skew+" satisfies Environment));
    return isFast ? SKEW_MS : -SKEW_MS;
  }
}
