import { describeError } from "../../errors/describe-error.ts";
import type { Job } from "../../job/job.ts";
import type { DeadLetterQueue } from "../../ports/dead-letter-queue.ts";
import type { RecordStore } from "../../ports/record-store.ts";
import type { ValueStore } from "../../ports/value-store.ts";
import type { ControlPorts } from "../control.ts";
import {
  BulkRecord,
  type BulkCounts,
  type BulkOperation,
  type BulkPace,
  type BulkRequest,
  type BulkResult,
  type ChunkEntry,
} from "./bulk-operation.ts";
import { ErrorWatch } from "./error-watch.ts";
import { Pacer } from "./pacer.ts";
import { MOST_ROWS, selectedJobs } from "./selected-jobs.ts";
import { tidyDeadLetters } from "./tidy-dead-letters.ts";
import { touchAgain, touchJob } from "./touch-job.ts";

export interface BulkPorts extends ControlPorts {
  readonly records: RecordStore;
  readonly deadLetters: DeadLetterQueue;
  /** Where large payloads lie. */
  readonly values: ValueStore;
}

export interface BulkOptions extends BulkPace {
  /** Aborting it stops the operation within about a second; it can be resumed. */
  readonly signal?: AbortSignal | undefined;
  /** Called about once a second. */
  readonly onProgress?: ((operation: BulkOperation) => void) | undefined;
}

/**
 * Replays, hastens or cancels every job that a filter matches, evenly paced, and keeps a record of it.
 *
 * ```
 * select ──► write chunk ──► each job: restart (conditional on its run) ──► permit ──► save counts ──► next chunk
 * died:      (nothing)       (the chunk is gone through again)   (ticker sends it)   (the same)
 * ```
 *
 * Begun again with the same id it goes on: each matching job is restarted once, also one that has failed again
 * meanwhile, and whatever else redrives its dead letters. A replay ends by removing from the DLQs what means no work
 * any more.
 *
 * @returns the operation, `done` or `stopped`: by its error rate, or by `signal`.
 * @throws InvalidBulkError, BulkConflictError before anything is done.
 * @throws BulkTakenOverError when another process has resumed it; whatever AWS throws. It can be resumed then too.
 */
export async function runBulk(
  ports: BulkPorts,
  request: BulkRequest,
  options: Omit<BulkOptions, keyof BulkPace> = {},
): Promise<BulkOperation> {
  const record = await BulkRecord.begin(ports.records, request, ports.clock.now());
  // Died here: recorded, and nothing done. It can be resumed.
  const { perSecond, stopAtErrorRate } = request;
  return new BulkRun(ports, record, { ...options, perSecond, stopAtErrorRate }).run();
}

/**
 * Goes on with a bulk operation that was killed or has stopped. One that is done stays done.
 *
 * @throws UnknownBulkError, and as `runBulk` does
 */
export async function resumeBulk(ports: BulkPorts, id: string, options: BulkOptions = {}): Promise<BulkOperation> {
  const record = await BulkRecord.find(ports.records, id, options);
  return new BulkRun(ports, record, options).run();
}

const STOPPED_BY_CALLER = "it was interrupted";

class BulkRun {
  readonly #ports: BulkPorts;
  readonly #record: BulkRecord;
  readonly #options: BulkOptions;
  readonly #pace: Pick<BulkOperation, keyof BulkPace>;
  readonly #pacer: Pacer;
  readonly #watch: ErrorWatch;
  /** Jobs that stand in a chunk: they are not selected again. */
  readonly #handled = new Set<string>();
  /** Of the jobs touched here, and of those that earlier processes may have touched. */
  readonly #types = new Set<string>();

  constructor(ports: BulkPorts, record: BulkRecord, options: BulkOptions) {
    this.#ports = ports;
    this.#record = record;
    const { perSecond, stopAtErrorRate } = record.operation;
    this.#options = options;
    this.#pace = {
      perSecond: options.perSecond ?? perSecond,
      stopAtErrorRate: options.stopAtErrorRate ?? stopAtErrorRate,
    };
    this.#pacer = new Pacer(ports.clock, this.#pace.perSecond);
    this.#watch = new ErrorWatch(ports.store, this.#pace.stopAtErrorRate);
  }

  async run(): Promise<BulkOperation> {
    const { chunks, filter, status } = this.#record.operation;
    // An earlier process may have died before it tidied.
    if (chunks > 0) for (const type of filter.types) this.#types.add(type);
    if (status !== "done") await this.#goOn();
    return this.#tidy();
  }

  async #goOn(): Promise<void> {
    // From here on a process that went on with it before is refused its next save.
    await this.#save({ status: "running", reason: undefined, ...this.#pace });
    const reason = (await this.#goThroughLog()) ?? (await this.#goThroughSelection());
    await this.#save(reason === undefined ? { status: "done" } : { status: "stopped", reason });
  }

  /** What earlier processes have begun. The last chunk may be half done. */
  async #goThroughLog(): Promise<string | undefined> {
    const { chunks } = this.#record.operation;
    for (let number = 1; number <= chunks; number += 1) {
      for (const { id } of (await this.#record.readChunk(number)) ?? []) this.#handled.add(id);
    }
    const begun = await this.#record.readChunk(chunks + 1);
    return begun === undefined ? undefined : this.#redo(begun);
  }

  async #goThroughSelection(): Promise<string | undefined> {
    const { action, filter, startedAt } = this.#record.operation;
    const size = Math.min(Math.ceil(this.#pace.perSecond), MOST_ROWS);
    for await (const rows of selectedJobs(this.#ports, { action, filter, asOf: startedAt })) {
      for (let start = 0; start < rows.length; start += size) {
        const reason = await this.#doChunk(rows.slice(start, start + size));
        if (reason !== undefined) return reason;
      }
    }
    return undefined;
  }

  /** Returns why to stop, if so. */
  async #doChunk(rows: readonly Job[]): Promise<string | undefined> {
    const jobs = rows.filter(({ id }) => !this.#handled.has(id));
    if (jobs.length === 0) return undefined;
    const reason = await this.#mayGoOn();
    if (reason !== undefined) return reason;
    const written = await this.#record.writeChunk(jobs.map(({ id, run }) => ({ id, run })));
    // Died here, or anywhere before the counts are saved: the chunk is gone through again.
    if (!written.isNew) return (await this.#redo(written.entries)) ?? this.#doChunk(jobs);
    const { action } = this.#record.operation;
    const results = await this.#paced(jobs, (job) => touchJob(this.#ports, action, job));
    await this.#endChunk(written.entries, jobs, results);
    return undefined;
  }

  /** A chunk whose process died, or was overtaken by this one. */
  async #redo(entries: readonly ChunkEntry[]): Promise<string | undefined> {
    const reason = await this.#mayGoOn();
    if (reason !== undefined) return reason;
    const { action } = this.#record.operation;
    const rows = await this.#ports.store.getMany(entries.map(({ id }) => id));
    const rowById = new Map(rows.map((job) => [job.id, job]));
    const results = await this.#paced(entries, ({ id, run }) =>
      touchAgain(this.#ports, action, { run, job: rowById.get(id) }),
    );
    await this.#endChunk(entries, rows, results);
    return undefined;
  }

  /** Between chunks, which last about a second, so that a stop is soon and its counts are right. */
  async #mayGoOn(): Promise<string | undefined> {
    const tooMany = await this.#watch.look();
    if (tooMany !== undefined) return tooMany;
    const { signal } = this.#options;
    // Waiting for the chunk's first turn: at a slow pace, that is where the time goes.
    await this.#pacer.wait(signal);
    return signal?.aborted === true ? STOPPED_BY_CALLER : undefined;
  }

  /** Begins with each in its turn, and waits for all that it has begun, also when one fails. */
  async #paced<Item>(items: readonly Item[], touch: (item: Item) => Promise<BulkResult>): Promise<BulkResult[]> {
    const underWay: Promise<BulkResult>[] = [];
    let hasFailed = false;
    for (const item of items) {
      await this.#pacer.turn();
      if (hasFailed) break;
      const touching = touch(item);
      touching.catch(() => (hasFailed = true));
      underWay.push(touching);
    }
    await Promise.allSettled(underWay);
    return Promise.all(underWay);
  }

  async #endChunk(entries: readonly ChunkEntry[], rows: readonly Job[], results: readonly BulkResult[]): Promise<void> {
    const { chunks, counts } = this.#record.operation;
    for (const { id } of entries) this.#handled.add(id);
    for (const { type } of rows) this.#types.add(type);
    this.#watch.watch(begunRuns(entries, results));
    await this.#save({ chunks: chunks + 1, counts: countedUp(counts, results) });
    this.#options.onProgress?.(this.#record.operation);
  }

  /** Whatever goes wrong here, the operation stands: the letters that are left do no harm. */
  async #tidy(): Promise<BulkOperation> {
    const { action, lettersRemoved } = this.#record.operation;
    if (action !== "replay") return this.#record.operation;
    let removed = 0;
    try {
      for (const type of this.#types) {
        const tidied = await tidyDeadLetters(this.#ports, type);
        removed += tidied.removed;
        if (!tidied.isComplete)
          this.#ports.log.warn("There are more dead letters than were looked at; `tidy` goes on.", { jobType: type });
      }
    } catch (error) {
      const errorCode = describeError(error).code;
      this.#ports.log.warn("Dead letters not tidied; `tidy` does it.", { errorCode });
    }
    return removed === 0 ? this.#record.operation : this.#save({ lettersRemoved: lettersRemoved + removed });
  }

  #save(changes: Partial<BulkOperation>): Promise<BulkOperation> {
    return this.#record.save(changes, this.#ports.clock.now());
  }
}

/** The runs that were begun. */
const begunRuns = (entries: readonly ChunkEntry[], results: readonly BulkResult[]): ChunkEntry[] =>
  entries.filter((_, index) => results[index] === "restarted").map(({ id, run }) => ({ id, run: run + 1 }));

function countedUp(counts: BulkCounts, results: readonly BulkResult[]): BulkCounts {
  const sum: Record<keyof BulkCounts, number> = { ...counts, matched: counts.matched + results.length };
  for (const result of results) sum[result] += 1;
  return sum;
}
