import * as z from "zod";

import {
  BulkConflictError,
  BulkTakenOverError,
  InvalidBulkError,
  UnknownBulkError,
} from "../../errors/control-errors.ts";
import { COMPANION_RETENTION_DAYS } from "../../job/job-times.ts";
import type { EpochMs } from "../../job/job.ts";
import type { RecordKey, RecordStore } from "../../ports/record-store.ts";
import { BULK_ACTIONS, bulkFilter, type BulkAction, type BulkFilter } from "./bulk-filter.ts";
import { filterProblems } from "./plan-bulk.ts";

// Two kinds of records in the records table, both of kind `bulk` and under the operation's id:
//   the operation itself (no part): what it is to do and how far it is;
//   one for each chunk of jobs (part `chunk-000001` …), written before the first of them is touched.
// The chunks are what makes a job be restarted once however often the operation is begun again, whatever the clocks say:
// a job that stands in a chunk is never selected again, and its restart names the run that stands there.

/** DynamoDB slows a type's due list down past 1,000 writes a second (AWS-documented). */
export const HIGHEST_PER_SECOND = 1_000;
/** One job in 100 seconds; far longer pauses overflow a timer (24 days), which then ends at once. */
export const LOWEST_PER_SECOND = 0.01;
export const DEFAULT_PER_SECOND = 50;
export const DEFAULT_STOP_AT_ERROR_RATE = 0.5;

const count = z.int().min(0);
const counts = z.object({
  /** Jobs that were selected; the others below add up to it. */
  matched: count,
  restarted: count,
  hastened: count,
  cancelled: count,
  /** Running ones that were asked to stop. */
  requested: count,
  /** Somebody else was faster, or they changed between being read and being touched. */
  skipped: count,
});
export type BulkCounts = Readonly<z.infer<typeof counts>>;
export type BulkResult = Exclude<keyof BulkCounts, "matched">;
export const NO_COUNTS: BulkCounts = {
  matched: 0,
  restarted: 0,
  hastened: 0,
  cancelled: 0,
  requested: 0,
  skipped: 0,
};

const bulkOperation = z.object({
  id: z.string(),
  action: z.enum(Object.keys(BULK_ACTIONS) as [BulkAction, ...BulkAction[]]),
  filter: bulkFilter,
  by: z.string(),
  /** Its first start: what fails, or is enqueued, later does not belong to it. */
  startedAt: z.number(),
  updatedAt: z.number(),
  /** `running` also when its process was killed. `running` and `stopped` ones can be resumed. */
  status: z.enum(["running", "done", "stopped"]),
  /** Why it has stopped. */
  reason: z.string().optional(),
  counts,
  /** Chunks that are done, and counted. */
  chunks: count,
  perSecond: z.number(),
  stopAtErrorRate: z.number(),
  /** Messages that it has removed from the DLQs. */
  lettersRemoved: count,
  /** Epoch seconds, for TTL. */
  expiresAt: z.number(),
});
export type BulkOperation = Readonly<z.infer<typeof bulkOperation>>;

/** A job, and its run when it was selected. */
export interface ChunkEntry {
  readonly id: string;
  readonly run: number;
}
const chunk = z.object({ entries: z.array(z.object({ id: z.string(), run: z.number() })) });

export interface BulkPace {
  /** Most jobs a second, 0.01 to 1,000, 50 by default. */
  readonly perSecond?: number | undefined;
  /** Stops when more than this share of the jobs it restarted has failed again; 0.5 by default, 1 never stops. */
  readonly stopAtErrorRate?: number | undefined;
}

export interface BulkRequest extends BulkPace {
  /** The caller's name for it: letters, digits, dashes and underscores. The same id goes on with the same operation. */
  readonly id: string;
  readonly action: BulkAction;
  readonly filter: BulkFilter;
  /** Who wants it, for the record. */
  readonly by: string;
}

/**
 * One bulk operation's records. `save` is refused once another process goes on with the operation, whose saves move the
 * version: so the one before it stops after the chunk that it is at.
 */
export class BulkRecord {
  readonly #records: RecordStore;
  #operation: BulkOperation;
  #version: number;

  private constructor(records: RecordStore, operation: BulkOperation, version: number) {
    this.#records = records;
    this.#operation = operation;
    this.#version = version;
  }

  /**
   * Records a new operation, or finds the one of this id.
   *
   * @throws InvalidBulkError, BulkConflictError
   */
  static async begin(records: RecordStore, request: BulkRequest, now: EpochMs): Promise<BulkRecord> {
    const problems = requestProblems(request);
    if (problems.length > 0) throw new InvalidBulkError(problems);
    const operation = newOperation(request, now);
    // Its answer may get lost: begun again, the operation finds this record.
    const { record } = await records.create(keyOf(request.id), operation);
    const known = bulkOperation.parse(record.body);
    const isSame = known.action === request.action && hasSameFilter(known.filter, operation.filter);
    if (!isSame) throw new BulkConflictError(request.id);
    return new BulkRecord(records, known, record.version);
  }

  /** @throws UnknownBulkError, InvalidBulkError for a pace that is none */
  static async find(records: RecordStore, id: string, pace: BulkPace): Promise<BulkRecord> {
    const problems = paceProblems(pace);
    if (problems.length > 0) throw new InvalidBulkError(problems);
    const record = await records.get(keyOf(id));
    if (record === undefined) throw new UnknownBulkError(id);
    return new BulkRecord(records, bulkOperation.parse(record.body), record.version);
  }

  get operation(): BulkOperation {
    return this.#operation;
  }

  /** @throws BulkTakenOverError */
  async save(changes: Partial<Omit<BulkOperation, "id">>, now: EpochMs): Promise<BulkOperation> {
    const operation = { ...this.#operation, ...changes, updatedAt: now };
    const isSaved = await this.#records.replace(keyOf(operation.id), this.#version, operation);
    if (!isSaved) throw new BulkTakenOverError(operation.id);
    this.#version += 1;
    this.#operation = operation;
    return operation;
  }

  /**
   * Says which jobs are touched next.
   *
   * @returns the chunk that stands there: another one where a process that went on with the operation before has left one.
   */
  async writeChunk(entries: readonly ChunkEntry[]): Promise<{ isNew: boolean; entries: readonly ChunkEntry[] }> {
    const { id, chunks, expiresAt } = this.#operation;
    const { isCreated, record } = await this.#records.create(keyOf(id, chunks + 1), { entries, expiresAt });
    return { isNew: isCreated, entries: chunk.parse(record.body).entries };
  }

  /** Chunk `number`, from 1; nothing when there is none. */
  async readChunk(number: number): Promise<readonly ChunkEntry[] | undefined> {
    const record = await this.#records.get(keyOf(this.#operation.id, number));
    return record === undefined ? undefined : chunk.parse(record.body).entries;
  }
}

/** Looks at a bulk operation. */
export async function readBulk(records: RecordStore, id: string): Promise<BulkOperation | undefined> {
  const record = await records.get(keyOf(id));
  return record === undefined ? undefined : bulkOperation.parse(record.body);
}

const keyOf = (id: string, chunkNumber?: number): RecordKey =>
  chunkNumber === undefined
    ? { kind: "bulk", id }
    : { kind: "bulk", id, part: `chunk-${String(chunkNumber).padStart(6, "0")}` };

function newOperation(request: BulkRequest, now: EpochMs): BulkOperation {
  const { id, action, filter, by } = request;
  return {
    id,
    action,
    filter: bulkFilter.parse(filter),
    by,
    startedAt: now,
    updatedAt: now,
    status: "running",
    counts: NO_COUNTS,
    chunks: 0,
    perSecond: request.perSecond ?? DEFAULT_PER_SECOND,
    stopAtErrorRate: request.stopAtErrorRate ?? DEFAULT_STOP_AT_ERROR_RATE,
    lettersRemoved: 0,
    expiresAt: Math.ceil(now / 1000) + COMPANION_RETENTION_DAYS * 24 * 60 * 60,
  };
}

function hasSameFilter(one: BulkFilter, other: BulkFilter): boolean {
  const names = ["types", "errorCodes", "tenants", "from", "until", "ids"] as const;
  return names.every((name) => JSON.stringify(one[name]) === JSON.stringify(other[name]));
}

function requestProblems({ id, action, filter, by, ...pace }: BulkRequest): string[] {
  const problems = [...filterProblems(action, filter), ...paceProblems(pace)];
  if (!/^[A-Za-z0-9_-]{1,100}$/.test(id)) problems.push("`id` may hold A-Z, a-z, 0-9, _ and -, 100 at most");
  if (by.trim() === "" || by.length > 200) problems.push("`by` must say who wants it, in 200 characters");
  return problems;
}

function paceProblems({ perSecond = DEFAULT_PER_SECOND, stopAtErrorRate = 0 }: BulkPace): string[] {
  const problems: string[] = [];
  // Written so that NaN is refused too.
  if (!(perSecond >= LOWEST_PER_SECOND && perSecond <= HIGHEST_PER_SECOND)) {
    problems.push(`\`perSecond\` must be a number from ${LOWEST_PER_SECOND} to ${HIGHEST_PER_SECOND}`);
  }
  if (!(stopAtErrorRate >= 0 && stopAtErrorRate <= 1)) problems.push("`stopAtErrorRate` must be a number from 0 to 1");
  return problems;
}
