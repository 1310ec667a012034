import { redact } from "../errors/describe-error.ts";
import { PermanentError } from "../errors/job-errors.ts";
import type { LogLine } from "../job/job.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log, LogFields } from "../ports/log.ts";
import type { JobRun } from "./job-run.ts";

/** Progress is put on the row at most this often, unless something else is written anyway: each write costs money. */
const PROGRESS_INTERVAL_MS = 5_000;
const LONGEST_NOTE = 200;

/** How far a handler has come, for whoever looks at the job. */
export interface ProgressUpdate {
  /** How much is done: items, bytes, per cent. */
  readonly done: number;
  /** Of how much, where that is known. */
  readonly total?: number;
  /** What it is at just now; no personal data. */
  readonly note?: string;
}

/**
 * Says how far a job has come. It is put on the row with the next step, effect or ending; at once if the last write is five
 * seconds ago.
 *
 * @throws PermanentError `INVALID_PROGRESS` for numbers that are none, or negative.
 */
export async function noteProgress(run: JobRun, clock: Clock, { done, total, note }: ProgressUpdate): Promise<void> {
  run.assertRunning();
  for (const value of [done, total ?? 0]) {
    if (!(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) {
      throw new PermanentError(
        "INVALID_PROGRESS",
        "`done` and `total` of a job's progress are numbers from 0 to 2^53.",
      );
    }
  }
  const known = { done, ...(total !== undefined && { total }) };
  run.keepProgress({
    ...known,
    ...(note !== undefined && { note: redact(note).slice(0, LONGEST_NOTE) }),
    at: clock.now(),
  });
  await run.noteIfLater(PROGRESS_INTERVAL_MS);
}

/** A log whose lines are kept on the job's row as well. */
export function keepingLines(log: Log, run: JobRun, clock: Clock, given: LogFields = {}): Log {
  const keep = (level: LogLine["level"], message: string, fields: LogFields = {}) => {
    const told = Object.entries({ ...given, ...fields }).filter(([, value]) => value !== undefined);
    const details = told.map(([name, value]) => `${name}=${String(value)}`).join(" ");
    run.keepLine({ at: clock.now(), level, message: redact(`${message} ${details}`.trim()).slice(0, LONGEST_NOTE) });
  };
  return {
    info: (message, fields) => {
      log.info(message, fields);
      keep("info", message, fields);
    },
    warn: (message, fields) => {
      log.warn(message, fields);
      keep("warn", message, fields);
    },
    error: (message, thrown, fields) => {
      log.error(message, thrown, fields);
      keep("error", message, fields);
    },
    with: (fields) => keepingLines(log.with(fields), run, clock, { ...given, ...fields }),
  };
}
