/** What a log line says beside its message, as columns to search by. No payload, personal data or secrets. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>> & {
  // The log's own keys: the logger would drop a field of that name.
  readonly level?: never;
  readonly message?: never;
  readonly timestamp?: never;
};

/** Structured logging. Fields never hold payloads, personal data or secrets. */
export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  /** `thrown` is logged with its stack trace, mail addresses hidden. */
  error(message: string, thrown: unknown, fields?: LogFields): void;
  /** A log whose every line carries these fields too. */
  with(fields: LogFields): Log;
}
