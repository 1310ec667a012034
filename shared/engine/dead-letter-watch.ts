import pMap from "p-map";

import { describeError } from "../errors/describe-error.ts";
import type { EpochMs } from "../job/job.ts";
import type { Clock } from "../ports/clock.ts";
import type { DeadLetterQueue } from "../ports/dead-letter-queue.ts";
import type { Log } from "../ports/log.ts";

/** The period of the alarm: each of its periods hears of a letter that lies. */
const EVERY_MS = 5 * 60 * 1000;
/** What is logged for each type; the alarm leads to these lines. */
export const DEAD_LETTERS_WAIT = "Dead letters wait.";
const QUEUES_AT_ONCE = 10;

export interface DeadLetterWatchPorts {
  readonly deadLetters: Pick<DeadLetterQueue, "depth">;
  /** Every job type there is. */
  readonly types: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
}

/** Looks into all dead-letter queues every five minutes: one alarm over all of them costs a tenth of one for each. */
export class DeadLetterWatch {
  readonly #ports: DeadLetterWatchPorts;
  #lookedIn: number | undefined;

  constructor(ports: DeadLetterWatchPorts) {
    this.#ports = ports;
  }

  /**
   * Looks, if nobody has in these five minutes of the clock, and logs a line for each type with dead letters. Not on the fifth
   * minute itself: the scheduler's ticks are not so exact that each minute has one. A new process looks at once.
   *
   * @returns how many messages wait in all of them; 0 also when it was not time to look. A queue that cannot be read is
   *   logged, and counts as empty until the next look.
   */
  async look(): Promise<number> {
    const { types, clock } = this.#ports;
    const window = windowOf(clock.now());
    if (window === this.#lookedIn) return 0;
    this.#lookedIn = window;
    const counts = await pMap(types, (type) => this.#count(type), { concurrency: QUEUES_AT_ONCE });
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async #count(type: string): Promise<number> {
    const { deadLetters, log } = this.#ports;
    try {
      const count = await deadLetters.depth(type);
      if (count > 0) log.warn(DEAD_LETTERS_WAIT, { jobType: type, count });
      return count;
    } catch (error) {
      log.error("A dead-letter queue cannot be read.", error, { jobType: type, errorCode: describeError(error).code });
      return 0;
    }
  }
}

const windowOf = (now: EpochMs): number => Math.floor(now / EVERY_MS);
