/** Randomness, so that tests can make their own. */
export interface IdSource {
  /** A new unguessable id of letters, digits and dashes. */
  newId(): string;
  /** A number in [0, 1), for jitter. */
  random(): number;
}
