import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";

import type { EpochMs } from "../shared/job/job.ts";
import type { FaultKind } from "./faults.ts";
import type { TestClock } from "./test-clock.ts";

export interface ProcessOptions {
  readonly clock: TestClock;
  /** When Lambda kills it. */
  readonly killAt: EpochMs;
  /** Real milliseconds without a call after which it counts as hanging, and virtual time goes on without it. */
  readonly patienceMs: number;
  /** Virtual milliseconds that a call takes. */
  readonly latencyMs: (call: string) => number;
  /** Hears of each call, and says what happens to it. */
  readonly onCall: (call: string) => FaultKind | undefined;
}

/** Turns of the event loop after which what is ready to run has run. */
const TURNS = 20;
const NAP_MS = 5;

/** The process of one invocation. Between any two of its calls to the world it may die; then nothing more comes of it. */
export class WorkerProcess {
  readonly #options: ProcessOptions;
  #isDead = false;
  #isHanging = false;
  #calls = 0;

  constructor(options: ProcessOptions) {
    this.#options = options;
  }

  /** Makes a call to the world. */
  readonly call = async (name: string, perform: () => unknown): Promise<unknown> => {
    if (this.#isDead) return forever();
    this.#calls += 1;
    this.#isHanging = false;
    const { clock, killAt, latencyMs, onCall } = this.#options;
    const fault = onCall(name);
    clock.advance(latencyMs(name));
    if (fault === "crash before" || clock.now() >= killAt) this.#isDead = true;
    if (this.#isDead) return forever();
    if (fault === "refused") throw new Error(`The connection was refused (${name}).`);
    const answer = await perform();
    this.#calls += 1;
    if (fault === "crash after") this.#isDead = true;
    if (this.#isDead) return forever();
    if (fault === "answer lost") throw new Error(`The answer was lost (${name}).`);
    return answer;
  };

  /** Whatever it still does is frozen with its function, or gone with it. */
  end(): void {
    this.#isDead = true;
  }

  /** Runs `main` to its end, letting virtual time pass while it waits for nothing else. Nothing when it died. */
  async run<Answer>(main: () => Promise<Answer>): Promise<Answer | undefined> {
    const { clock, killAt } = this.#options;
    const state: { ended?: Promise<Answer> } = {};
    const running = main();
    const onEnd = () => (state.ended = running);
    running.then(onEnd, onEnd);
    for (;;) {
      if (state.ended !== undefined) return state.ended;
      if (this.#isDead) return undefined;
      if (!(await this.#isSilent(() => state.ended !== undefined || this.#isDead))) continue;
      clock.advanceTo(Math.min(clock.nextTimer(), killAt));
      if (clock.now() >= killAt) this.#isDead = true;
    }
  }

  /** Whether it makes no call for a while. Naps are counted, not the clock read: hard work between calls is no silence. */
  async #isSilent(isOver: () => boolean): Promise<boolean> {
    for (let seen = -1, naps = 0; ; naps += 1) {
      for (let turn = 0; turn < TURNS; turn += 1) {
        await nextTurn();
        if (isOver()) return false;
      }
      if (this.#calls !== seen) naps = 0;
      seen = this.#calls;
      if (naps * NAP_MS >= (this.#isHanging ? NAP_MS : this.#options.patienceMs)) break;
      await sleep(NAP_MS);
    }
    this.#isHanging = true;
    return true;
  }
}

const forever = (): Promise<never> => new Promise(() => {});
