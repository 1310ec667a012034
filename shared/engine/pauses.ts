import * as z from "zod";

import { singleLine } from "../contracts/fields.ts";
import { InvalidPauseError, NotPausedError, PausesContendedError } from "../errors/control-errors.ts";
import type { JobDefinition } from "../job/define-job.ts";
import type { EpochMs } from "../job/job.ts";
import type { Clock } from "../ports/clock.ts";
import type { RecordKey, RecordStore } from "../ports/record-store.ts";

// All pauses stand in one record: whether a job may begin costs one read in ten seconds, however many types there are.

/** What is paused: one type, or all types of a group. */
export type PauseTarget = { readonly type: string } | { readonly group: string };

/** Jobs of these types are accepted and do not begin. Those that run go on to their end. */
export interface Pause {
  readonly target: PauseTarget;
  readonly by: string;
  readonly at: EpochMs;
  /** It ends by itself then; without it, by `resume`. */
  readonly until?: EpochMs;
  /** Why, for whoever finds it later. */
  readonly reason?: string;
}

export interface PausePorts {
  readonly records: RecordStore;
  readonly clock: Clock;
}

/** Who pauses, until when, and why. */
export interface PauseOptions {
  /** Who wants it, for whoever finds it later: one line of 200 characters at most, as is `reason`. */
  readonly by: string;
  /** Until `resume`, by default. */
  readonly until?: EpochMs;
  readonly reason?: string;
}

/** A pause is seen within this time by every process. */
export const PAUSE_CACHE_MS = 10_000;
/** People change pauses, by hand: whoever loses so many times in a row contends with a program. */
const MOST_TRIES = 5;
/** 9999-01-01: whoever means "for good" leaves `until` out. */
const END_OF_TIME: EpochMs = 253_370_764_800_000;

const KEY: RecordKey = { kind: "pause", id: "all" };

const target = z.union([z.object({ type: z.string() }), z.object({ group: z.string() })]);
const pauseEntry = z.object({
  target,
  by: z.string(),
  at: z.number(),
  until: z.number().optional(),
  reason: z.string().optional(),
});
const pausesRecord = z.object({ pauses: z.array(pauseEntry) });

interface Read {
  readonly at: EpochMs;
  readonly pauses: Promise<readonly Pause[]>;
}

/** What is paused, as workers and the ticker see it: read at most every ten seconds. */
export class PauseBoard {
  readonly #ports: PausePorts;
  /** The last read, or the one under way: whoever asks meanwhile waits for the same. */
  #read: Read | undefined;

  constructor(ports: PausePorts) {
    this.#ports = ports;
  }

  /**
   * The pause that keeps jobs of a type from beginning, if there is one: of its own and its group's, the longer one.
   *
   * @throws whatever keeps the record from being read; the next call asks again.
   */
  async pauseOf(definition: Pick<JobDefinition, "type" | "group">): Promise<Pause | undefined> {
    const pauses = await this.#pauses();
    const now = this.#ports.clock.now();
    return pauses
      .filter((each) => isInForce(each, now) && isAbout(each, definition))
      .toSorted((a, b) => (b.until ?? END_OF_TIME) - (a.until ?? END_OF_TIME))
      .at(0);
  }

  #pauses(): Promise<readonly Pause[]> {
    const now = this.#ports.clock.now();
    // A clock that was set back must not keep an old answer for good.
    const isFresh = ({ at }: Read): boolean => now >= at && now < at + PAUSE_CACHE_MS;
    return this.#read !== undefined && isFresh(this.#read) ? this.#read.pauses : this.#readAnew(now);
  }

  #readAnew(now: EpochMs): Promise<readonly Pause[]> {
    const read = { at: now, pauses: readPauses(this.#ports.records).then(({ pauses }) => pauses) };
    this.#read = read;
    read.pauses.catch(() => {
      if (this.#read === read) this.#read = undefined;
    });
    return read.pauses;
  }
}

/**
 * Pauses a type or a group, in place of the pause that it may have.
 *
 * @returns the pause, and the one it replaces.
 * @throws InvalidPauseError, PausesContendedError
 */
export async function pause(
  ports: PausePorts,
  paused: PauseTarget,
  options: PauseOptions,
): Promise<{ readonly pause: Pause; readonly replaced: Pause | undefined }> {
  const given = checked(options, ports.clock.now());
  return change(ports, (before, now) => {
    const added = { target: targetOnly(paused), at: now, ...given };
    return {
      pauses: [...without(before, paused), added],
      answer: { pause: added, replaced: before.find((each) => isSameTarget(each.target, paused)) },
      last: { change: "pause", target: added.target, by: added.by, at: now },
    };
  });
}

/**
 * Ends the pause of a type or a group.
 *
 * @param by who wants it; the record keeps who made its last change.
 * @returns the pause that has ended.
 * @throws NotPausedError, InvalidPauseError for `by`, PausesContendedError
 */
export async function resume(ports: PausePorts, paused: PauseTarget, by: string): Promise<Pause> {
  const { by: asker } = checked({ by }, ports.clock.now());
  return change(ports, (before, now) => {
    const ended = before.find((each) => isSameTarget(each.target, paused));
    if (ended === undefined) throw new NotPausedError(targetText(paused));
    return {
      pauses: without(before, paused),
      answer: ended,
      last: { change: "resume", target: ended.target, by: asker, at: now },
    };
  });
}

/** The pauses that are in force, oldest first. */
export async function listPauses({ records, clock }: PausePorts): Promise<readonly Pause[]> {
  const { pauses } = await readPauses(records);
  return pauses.filter((each) => isInForce(each, clock.now())).toSorted((a, b) => a.at - b.at);
}

/** `type invoice_email`, `group mail`. */
export const targetText = (paused: PauseTarget): string =>
  "type" in paused ? `type ${paused.type}` : `group ${paused.group}`;

interface Change<Answer> {
  readonly pauses: readonly Pause[];
  readonly answer: Answer;
  /** Stands on the record beside the pauses: a pause that has ended is gone, and with it who ended it. */
  readonly last: {
    readonly change: "pause" | "resume";
    readonly target: PauseTarget;
    readonly by: string;
    readonly at: EpochMs;
  };
}

/** Reads, changes, and writes if nobody else has written meanwhile. What has expired is left out. */
async function change<Answer>(
  { records, clock }: PausePorts,
  changed: (inForce: readonly Pause[], now: EpochMs) => Change<Answer>,
): Promise<Answer> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const { pauses: before, version } = await readPauses(records);
    const now = clock.now();
    const { answer, ...body } = changed(
      before.filter((each) => isInForce(each, now)),
      now,
    );
    const isWritten =
      version === undefined ? (await records.create(KEY, body)).isCreated : await records.replace(KEY, version, body);
    if (isWritten) return answer;
  }
  throw new PausesContendedError();
}

async function readPauses(
  records: RecordStore,
): Promise<{ readonly pauses: readonly Pause[]; readonly version: number | undefined }> {
  const record = await records.get(KEY);
  if (record === undefined) return { pauses: [], version: undefined };
  // zod's optional properties may be `undefined`, which stored ones never are.
  return { pauses: pausesRecord.parse(record.body).pauses as readonly Pause[], version: record.version };
}

const isInForce = ({ until }: Pause, now: EpochMs): boolean => until === undefined || now < until;

const isAbout = ({ target: paused }: Pause, { type, group }: Pick<JobDefinition, "type" | "group">): boolean =>
  "type" in paused ? paused.type === type : paused.group === group;

const isSameTarget = (one: PauseTarget, other: PauseTarget): boolean => targetText(one) === targetText(other);

const without = (pauses: readonly Pause[], paused: PauseTarget): readonly Pause[] =>
  pauses.filter((each) => !isSameTarget(each.target, paused));

/** Whatever else the caller's object holds is not written. */
const targetOnly = (paused: PauseTarget): PauseTarget =>
  "type" in paused ? { type: paused.type } : { group: paused.group };

const givenOptions = (now: EpochMs) =>
  z.object({
    by: singleLine(200),
    reason: singleLine(200).optional(),
    until: z
      .int()
      .refine((until) => until > now && until < END_OF_TIME, "must be in the future, and before the year 9999")
      .optional(),
  });

/** What somebody has given, with its words trimmed. */
function checked(given: PauseOptions, now: EpochMs): PauseOptions {
  const { success, data, error } = givenOptions(now).safeParse(given);
  // zod's optional properties may be `undefined`, which ours never are.
  if (success) return data as PauseOptions;
  throw new InvalidPauseError(error.issues.map(({ path, message }) => `\`${path.join(".")}\`: ${message}`));
}
