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
  #state: number;

  constructor(seed: number) {
    this.seed = seed;
    this.#state = seed;
  }

  next(): Disturbance {
    // Always four draws, so that one choice does not shift the next delivery's.
    const [delayed, delay, duplicated, gap] = [this.#random(), this.#random(), this.#random(), this.#random()];
    return {
      delayMs: delayed < DELAYED_SHARE ? Math.round(delay * LONGEST_DELAY_MS) : 0,
      duplicateAfterMs: duplicated < DUPLICATED_SHARE ? Math.round(gap * LONGEST_DELAY_MS) : undefined,
    };
  }

  /** mulberry32: small, well spread, and the same on every machine. */
  #random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}
