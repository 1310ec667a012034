import { Snooze } from "../errors/postponements.ts";
import type { EpochMs } from "../job/job.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { MailPace, MailTurn } from "../ports/mail-pace.ts";
import type { RateLimiter } from "../ports/rate-limiter.ts";

/** What an account may send. */
export interface SendQuota {
  readonly perSecond: number;
  /** `undefined` for no limit. */
  readonly perDay: number | undefined;
  /** In the 24 hours before it was read. */
  readonly sentLastDay: number;
}

export interface AccountPaceOptions {
  /** Names the account's slots among the limiter's. */
  readonly key: string;
  readonly readQuota: () => Promise<SendQuota>;
  readonly limiter: RateLimiter;
  readonly clock: Clock;
  /** At least 0 and under 1: spreads those who have to come back. */
  readonly random: () => number;
  readonly log?: Log | undefined;
}

/** A quota, and what this process has sent since. */
interface Known {
  readonly quota: SendQuota;
  readonly until: EpochMs;
  sent: number;
  /** Whether it has been said that there is no room. */
  isFullTold: boolean;
}

/** An account in SES's sandbox sends one mail a second: no account may send less. */
const SANDBOX: SendQuota = { perSecond: 1, perDay: undefined, sentLastDay: 0 };

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const QUOTA_LASTS_MS = 5 * MINUTE_MS;
/** A quota that could not be read is not asked for with every mail. */
const READ_AGAIN_MS = 30 * SECOND_MS;
/** A function that waits is billed; one that comes back costs two writes. */
const LONGEST_WAIT_MS = 10 * SECOND_MS;
/** The turns behind these are never a broadcast's: mail that somebody waits for gets one, however many pages ask. */
const LONGEST_WAIT_OF_BULK_MS = 5 * SECOND_MS;
const TURN_IS_FAR = { leastMs: 10 * SECOND_MS, spreadMs: 20 * SECOND_MS };
const DAY_IS_USED_UP = { leastMs: 15 * MINUTE_MS, spreadMs: MINUTE_MS };
/** What bulk mail leaves of the day's quota to mail that somebody waits for. */
const KEPT_FROM_BULK = 0.1;

/**
 * Waits for turns by a quota that is read every five minutes: so many mails a second over all functions, by the limiter, and
 * so many a day. What other processes send between two reads is not counted; SES itself refuses what is too much then,
 * which `sendMail` takes for "later".
 */
export class AccountPace implements MailPace {
  readonly #options: AccountPaceOptions;
  #known: Known | undefined;
  #reading: Promise<Known> | undefined;

  constructor(options: AccountPaceOptions) {
    this.#options = options;
  }

  async turn({ isBulk, signal }: MailTurn): Promise<void> {
    const known = await this.#quota();
    if (!hasRoom(known, isBulk)) throw this.#noRoom(known);
    known.sent += 1; // before anything is waited for, so that those who ask meanwhile count it
    const slot = signal.aborted ? undefined : await this.#slotOf(known.quota, isBulk);
    if (slot !== undefined && (await this.#waitUntil(slot, signal))) return;
    known.sent -= 1;
    throw this.#comeBack(TURN_IS_FAR);
  }

  #slotOf({ perSecond }: SendQuota, isBulk: boolean): Promise<EpochMs | undefined> {
    const { limiter, clock, key } = this.#options;
    const now = clock.now();
    const latest = now + (isBulk ? LONGEST_WAIT_OF_BULK_MS : LONGEST_WAIT_MS);
    return limiter.reserveBy({ key, limit: perSecond, perSeconds: 1 }, now, latest);
  }

  /** Nothing fails while mail waits for the next day, so this line is all that tells of it. */
  #noRoom(known: Known): Snooze {
    const { perSecond, perDay, sentLastDay } = known.quota;
    if (!known.isFullTold) {
      this.#options.log?.warn(
        "The account may send no more mail now: its mails come back later. Have its quota raised.",
        {
          perSecond,
          perDay,
          sentLastDay,
        },
      );
    }
    known.isFullTold = true;
    return this.#comeBack(DAY_IS_USED_UP);
  }

  /** @returns false when the attempt was over before. */
  #waitUntil(slot: EpochMs, signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#options;
    const waitMs = slot - clock.now();
    if (waitMs <= 0) return Promise.resolve(!signal.aborted);
    return new Promise((resolve) => {
      const onAbort = () => {
        callOff();
        resolve(false);
      };
      const callOff = clock.after(waitMs, () => {
        signal.removeEventListener("abort", onAbort);
        resolve(true);
      });
      signal.addEventListener("abort", onAbort, { once: true });
      if (signal.aborted) onAbort();
    });
  }

  #comeBack({ leastMs, spreadMs }: { readonly leastMs: number; readonly spreadMs: number }): Snooze {
    return new Snooze({ delayMs: leastMs + Math.floor(this.#options.random() * spreadMs) });
  }

  async #quota(): Promise<Known> {
    if (this.#known !== undefined && this.#known.until > this.#options.clock.now()) return this.#known;
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #read(): Promise<Known> {
    const { readQuota, clock, log } = this.#options;
    try {
      const quota = await readQuota();
      this.#known = { quota, until: clock.now() + QUOTA_LASTS_MS, sent: 0, isFullTold: false };
    } catch (error) {
      log?.error("The account's sending quota could not be read; the last known one counts.", error);
      const { quota, sent, isFullTold } = this.#known ?? { quota: SANDBOX, sent: 0, isFullTold: false };
      this.#known = { quota, until: clock.now() + READ_AGAIN_MS, sent, isFullTold };
    }
    return this.#known;
  }
}

function hasRoom({ quota: { perSecond, perDay, sentLastDay }, sent }: Known, isBulk: boolean): boolean {
  if (perSecond <= 0) return false; // sending is switched off
  if (perDay === undefined) return true;
  return sentLastDay + sent < perDay * (isBulk ? 1 - KEPT_FROM_BULK : 1);
}
