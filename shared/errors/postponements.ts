/** When to run again: a time, or so long from now. */
export type SnoozeUntil = { readonly until: number } | { readonly delayMs: number };

/**
 * Thrown by a handler that has nothing to do yet: the job runs again at `until` (Unix time in milliseconds), or after
 * `delayMs`. No attempt is used up, however often it happens; steps and effects are kept.
 *
 * @example throw new Snooze({ delayMs: 15 * 60_000 });
 */
export class Snooze extends Error {
  /** As it was given. */
  readonly when: SnoozeUntil;

  constructor(when: SnoozeUntil) {
    super("The job is snoozed. This is a handler's way to run later; let it pass.");
    this.name = "Snooze";
    this.when = when;
  }
}

/**
 * Thrown by a handler whose work is too long for one run of its function: another one goes on at once, from the steps that
 * are done. Attempts count anew, so make sure that each run gets somewhere; `job.sweep` does this by itself.
 */
export class Continue extends Error {
  constructor() {
    super("The job goes on in another run. This is a handler's way to do so; let it pass.");
    this.name = "Continue";
  }
}
