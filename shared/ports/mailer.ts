/** A composed mail to one recipient. */
export interface OutgoingMail {
  /** The whole message in MIME. */
  readonly raw: Uint8Array;
  /** Exactly one address, of the verified identity; the envelope's sender. */
  readonly from: string;
  /** Exactly one address; the envelope's recipient, whatever the message's headers say. */
  readonly to: string;
  /** Whose effect it is: comes back with the mail's delivery events. */
  readonly jobId: string;
  /** The effect's name; `send` gets both, spread them: `{ ...attempt, raw, from, to }`. */
  readonly effect: string;
  /** What kind of mail it is, for the statistics: A-Z, a-z, 0-9, _ and -. `other` by default. */
  readonly kind?: string;
  /** The broadcast that it is part of. */
  readonly broadcastId?: string;
}

/** Mail through SES. Only to be used by an effect's `send`: it neither retries nor remembers. */
export interface Mailer {
  /**
   * Hands a mail over, once, without retries.
   *
   * @returns the provider's message id.
   * @throws EffectRefusedError when it was certainly not taken; any other error means that nobody knows.
   */
  send(mail: OutgoingMail): Promise<{ readonly id: string }>;
}
