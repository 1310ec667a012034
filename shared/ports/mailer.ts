/** A composed mail to one recipient. */
export interface OutgoingMail {
  /** The whole message in MIME. */
  readonly raw: Uint8Array;
  readonly from: string;
  readonly to: string;
  /** Whose effect it is: comes back with the mail's delivery events. */
  readonly jobId: string;
  readonly effect: string;
}

export interface Mailer {
  /**
   * Hands a mail over, once, without retries.
   *
   * @returns the provider's message id.
   * @throws EffectRefusedError when it was certainly not taken; any other error means that nobody knows.
   */
  send(mail: OutgoingMail): Promise<{ readonly id: string }>;
}
