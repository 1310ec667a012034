/**
 * An error that says what happened, to what, and what to do, under a stable code. Messages never hold payloads, personal
 * data or secrets: they reach logs, job rows and dead letters.
 */
export class BacklineError extends Error {
  /** Upper case with underscores; stable, for programs and for searching: `UNKNOWN_ORDER`. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = code; // bundles are minified: a class's own name would be one letter
    this.code = code;
  }
}
