import type { SendProblem } from "./ses-send.ts";

/** What the account may send. */
export interface MailLimits {
  /** 14 by default, what SES gives to a new account out of the sandbox. */
  readonly ratePerSecond?: number;
  /** Within any 24 hours; 50,000 by default. */
  readonly perDay?: number;
}

const SECOND_MS = 1_000;
const DAY_MS = 24 * 60 * 60 * SECOND_MS;

/** "You can exceed this quota for short bursts, but not for sustained periods of time" (SES, "Service quotas"). */
const BURST = 1.25;

/** An SES account's sending quotas; both count recipients, not messages. */
export class SesQuota {
  readonly #ratePerSecond: number;
  readonly #perDay: number;
  readonly #now: () => number;
  /** When each recipient's mail was accepted, oldest first. */
  readonly #sentAtMs: number[] = [];

  constructor({ ratePerSecond = 14, perDay = 50_000 }: MailLimits = {}, now: () => number = Date.now) {
    this.#ratePerSecond = ratePerSecond;
    this.#perDay = perDay;
    this.#now = now;
  }

  /** Counts a mail, or says in SES's own words why it is refused. */
  take(recipients: number): SendProblem | undefined {
    const now = this.#now();
    if (this.#sentSince(now - DAY_MS) + recipients > this.#perDay) return throttling("Daily message quota exceeded.");
    // A mail to more people than the rate goes, too, when nothing else does.
    const atOnce = Math.max(Math.ceil(this.#ratePerSecond * BURST), recipients);
    if (this.#sentSince(now - SECOND_MS) + recipients > atOnce) {
      return throttling("Maximum sending rate exceeded.");
    }
    this.#sentAtMs.push(...Array.from({ length: recipients }, () => now));
    return undefined;
  }

  /** `GetSendQuota`'s result. */
  report(): { readonly max24HourSend: number; readonly maxSendRate: number; readonly sentLast24Hours: number } {
    const sentLast24Hours = this.#sentSince(this.#now() - DAY_MS);
    return { max24HourSend: this.#perDay, maxSendRate: this.#ratePerSecond, sentLast24Hours };
  }

  #sentSince(fromMs: number): number {
    const isBefore = (atMs: number) => atMs <= fromMs;
    return this.#sentAtMs.length - (this.#sentAtMs.findLastIndex(isBefore) + 1);
  }
}

const throttling = (message: string): SendProblem => ({ code: "Throttling", message });
