/** Whose turn it is to send. */
export interface MailTurn {
  /** Mail to an audience: it leaves a tenth of the day's quota, and the later turns, to mail that somebody waits for. */
  readonly isBulk: boolean;
  /** Ends the wait, with the job's attempt. */
  readonly signal: AbortSignal;
}

/** The one limiter of an SES account: its rate a second and its quota a day, shared by every function that sends. */
export interface MailPace {
  /**
   * Waits for the caller's turn to send one mail, some seconds at most.
   *
   * @throws Snooze when the turn is further off, or the day's quota is used up: let it pass, and the job comes back.
   */
  turn(turn: MailTurn): Promise<void>;
}
