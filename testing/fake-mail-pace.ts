import { Snooze } from "../shared/errors/postponements.ts";
import type { MailPace, MailTurn } from "../shared/ports/mail-pace.ts";
import type { TestClock } from "./test-clock.ts";

/**
 * Virtual milliseconds until the turn of each mail, in the order in which they ask (what comes after the last one has its
 * turn at once), or what decides for each; `number` is 1 for the run's first.
 */
export type PacePlan =
  | readonly number[]
  | ((turn: { readonly isBulk: boolean; readonly number: number }) => number | undefined);

/** What is further off is not waited for: the job snoozes until then. */
const LONGEST_WAIT_MS = 5_000;

/** The mail account's limiter: does what the plan says. */
export class FakeMailPace implements MailPace {
  readonly #clock: TestClock;
  readonly #plan: PacePlan;
  #asked = 0;

  constructor(clock: TestClock, plan: PacePlan) {
    this.#clock = clock;
    this.#plan = plan;
  }

  async turn({ isBulk }: MailTurn): Promise<void> {
    await Promise.resolve();
    this.#asked += 1;
    const number = this.#asked;
    const waitMs = (typeof this.#plan === "function" ? this.#plan({ isBulk, number }) : this.#plan[number - 1]) ?? 0;
    if (waitMs > LONGEST_WAIT_MS) throw new Snooze({ delayMs: waitMs });
    this.#clock.advance(waitMs);
  }
}
