import { SeededRandom } from "./seeded-random.ts";

/** What chaos does to one delivery. */
export interface Disturbance {
  /** Milliseconds that the delivery is held back; others overtake it meanwhile. */
  readonly delayMs: number;
  /** The same messages are delivered a second time, that much after the first delivery. */
  readonly duplicateAfterMs: number | undefined;
}

const DELAYED_SHARE = 0.3;
const DUPLICATED_SHARE = 0.25;
const LONGEST_DELAY_MS = 1500;

/**
 * Deliveries as bad as SQS allows: twice, late and out of order. The same seed makes the same choices in the same order
 * of deliveries.
 */
export class Chaos {
  readonly seed: number;
  readonly #random: SeededRandom;

  constructor(seed: number) {
    this.seed = seed;
    this.#random = new SeededRandom(seed);
  }

  next(): Disturbance {
    const draw = () => this.#random.next();
    // Always four draws, so that one choice does not shift the next delivery's.
    const [delayed, delay, duplicated, gap] = [draw(), draw(), draw(), draw()];
    return {
      delayMs: delayed < DELAYED_SHARE ? Math.round(delay * LONGEST_DELAY_MS) : 0,
      duplicateAfterMs: duplicated < DUPLICATED_SHARE ? Math.round(gap * LONGEST_DELAY_MS) : undefined,
    };
  }
}
