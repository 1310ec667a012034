/** One received message of a DLQ. */
export interface DeadLetter {
  /** Names this receive of the message, for `release` and `delete`; good until its hiding ends. */
  readonly handle: string;
  /** An engine's dead letter, a permit that SQS moved, or anything else that somebody has put there. */
  readonly body: string;
}

/** Most messages that one receive brings. */
export const LARGEST_RECEIVE = 10;

/** The dead-letter queues, one per job type, as their readers see them; the engine fills them through `JobQueue`. */
export interface DeadLetterQueue {
  /**
   * Some of a type's messages, which nobody else receives for `hideSeconds` (0 to 43,200). They may be fewer than there
   * are, also none: SQS asks only some of its servers each time.
   *
   * @param options.max 1 to `LARGEST_RECEIVE`.
   */
  receive(
    type: string,
    options: { readonly max: number; readonly hideSeconds: number },
  ): Promise<readonly DeadLetter[]>;
  /** Shows a received message again, at once. */
  release(type: string, handle: string): Promise<void>;
  /** Removes a received message. */
  delete(type: string, handle: string): Promise<void>;
  /** About how many messages wait to be received. */
  depth(type: string): Promise<number>;
}
