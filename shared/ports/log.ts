export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Structured logging. Fields never hold payloads, personal data or secrets. */
export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  /** `thrown` is logged with its stack trace, mail addresses hidden. */
  error(message: string, thrown: unknown, fields?: LogFields): void;
  /** A log whose every line carries these fields too. */
  with(fields: LogFields): Log;
}
