import type { EpochMs } from "../../shared/job/job.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { Process, type ProcessOptions } from "./process.ts";

/** Real milliseconds after which a process that makes no call counts as hanging. */
const HANGING_AFTER_MS = 10_000;

/** Time, and the processes that live in it. */
export class Machine {
  readonly clock = new VirtualClock();
  /** Those that are alive. */
  readonly processes = new Set<Process>();
  readonly trace: string[] = [];
  readonly #isTraced: boolean;
  #wakes: EpochMs[] = [];

  constructor(isTraced: boolean) {
    this.#isTraced = isTraced;
  }

  get now(): EpochMs {
    return this.clock.now();
  }

  say(line: string): void {
    if (this.#isTraced) this.trace.push(`${new Date(this.now).toISOString().slice(5, 23)} ${line}`);
  }

  /** Calls `action` after so much virtual time. */
  after(delayMs: number, action: () => void): () => void {
    this.#wakes.push(this.now + delayMs);
    return this.clock.after(delayMs, action);
  }

  /** When something rings next of its own. */
  nextWake(): EpochMs {
    this.#wakes = this.#wakes.filter((at) => at > this.now);
    return Math.min(...this.#wakes);
  }

  async advanceTo(time: EpochMs): Promise<void> {
    this.clock.advanceTo(time);
    await this.rest();
  }

  spawn(options: ProcessOptions): Process {
    const process = new Process(options);
    this.processes.add(process);
    this.after(Math.max(0, process.killAt - this.now), () => {
      if (process.isAlive && !process.isFrozen && !process.isImmortal) this.kill(process, "at its timeout");
    });
    return process;
  }

  kill(process: Process, why: string): void {
    if (!process.isAlive) return;
    process.isDead = true;
    this.processes.delete(process);
    this.say(`${process.name} dies ${why}`);
  }

  end(process: Process): void {
    process.hasEnded = true;
    this.processes.delete(process);
  }

  /** A process does nothing for so long; then it goes on as if nothing had been. */
  freeze(process: Process, ms: number): void {
    process.isFrozen = true;
    this.say(`${process.name} is frozen`);
    this.after(ms, () => {
      if (!process.isAlive) return;
      this.say(`${process.name} thaws`);
      process.thaw();
    });
  }

  /** Waits until no process does anything more by itself. Handlers do real work between their calls. */
  async rest(): Promise<void> {
    await turn();
    for (const start = performance.now(); !this.#isResting();) {
      await turn();
      if (performance.now() - start < HANGING_AFTER_MS) continue;
      for (const process of this.processes) process.isHanging ||= !process.isParked;
    }
  }

  #isResting(): boolean {
    return [...this.processes].every(({ isParked }) => isParked);
  }
}

/** Lets everything run that is ready to. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
