import type { Effect, Job } from "../../job/job.ts";
import { InvalidBulkError } from "../../errors/control-errors.ts";
import { BULK_ACTIONS, bulkFilter, type BulkAction, type BulkFilter } from "./bulk-filter.ts";
import { selectedJobs, type SelectionPorts } from "./selected-jobs.ts";

/** A dry run reads the row of each job: it stops after so many. */
const MOST_PLANNED = 10_000;

/** In how many of the jobs an effect is how far. What has not begun is on no row: it is done once, as in any run. */
export interface EffectPlan {
  readonly type: string;
  readonly effect: string;
  /** Has a receipt: is not repeated. */
  readonly done: number;
  /** Sent perhaps: its receipt is looked for; if there is none, it is sent again. The one that may repeat. */
  readonly mayRepeat: number;
  /** Sent perhaps: its receipt is looked for; if there is none, the job stops for a person. */
  readonly mayNeedReview: number;
  /** Certainly not done, or to be done again on a person's word: is sent. */
  readonly notDone: number;
}

/** What a bulk operation would do. */
export interface BulkPlan {
  readonly action: BulkAction;
  readonly jobs: number;
  /** There are more jobs than were looked at. */
  readonly isMore: boolean;
  readonly byType: Readonly<Record<string, number>>;
  readonly byStatus: Readonly<Record<string, number>>;
  /** Jobs without an error are not in it. */
  readonly byErrorCode: Readonly<Record<string, number>>;
  /** Steps with a result, over all jobs: not run again. */
  readonly stepsDone: number;
  readonly effects: readonly EffectPlan[];
}

/**
 * The dry run of a bulk operation: reads the rows, writes nothing.
 *
 * @throws InvalidBulkError listing every problem of the filter.
 */
export async function planBulk(
  ports: SelectionPorts,
  { action, filter }: { readonly action: BulkAction; readonly filter: BulkFilter },
): Promise<BulkPlan> {
  const problems = filterProblems(action, filter);
  if (problems.length > 0) throw new InvalidBulkError(problems);
  const tally = new Tally();
  let isMore = false;
  for await (const rows of selectedJobs(ports, { action, filter, asOf: ports.clock.now() })) {
    const room = MOST_PLANNED - tally.jobs;
    for (const row of rows.slice(0, room)) tally.add(row);
    isMore = rows.length > room;
    if (isMore) break;
  }
  return { action, isMore, ...tally.result() };
}

/** What is wrong with a filter, without its values. */
export function filterProblems(action: string, filter: unknown): string[] {
  const { error } = bulkFilter.safeParse(filter);
  const problems = (error?.issues ?? []).map(({ path, message }) => `${["filter", ...path].join(".")}: ${message}`);
  return Object.hasOwn(BULK_ACTIONS, action) ? problems : [`there is no action of that name`, ...problems];
}

/** Counts rows and forgets them: 10,000 of them would not fit into memory. */
class Tally {
  readonly #types = new Map<string, number>();
  readonly #statuses = new Map<string, number>();
  readonly #errorCodes = new Map<string, number>();
  readonly #effects = new Map<string, EffectPlan>();
  #stepsDone = 0;
  #jobs = 0;

  get jobs(): number {
    return this.#jobs;
  }

  add({ type, status, error, steps, effects }: Job): void {
    this.#jobs += 1;
    this.#stepsDone += Object.keys(steps).length;
    increase(this.#types, type);
    increase(this.#statuses, status);
    if (error !== undefined) increase(this.#errorCodes, error.code);
    for (const [effect, known] of Object.entries(effects)) this.#addEffect(type, effect, stateOf(known));
  }

  result(): Omit<BulkPlan, "action" | "isMore"> {
    return {
      jobs: this.#jobs,
      byType: inOrder(this.#types),
      byStatus: inOrder(this.#statuses),
      byErrorCode: inOrder(this.#errorCodes),
      stepsDone: this.#stepsDone,
      effects: Object.values(inOrder(this.#effects)),
    };
  }

  #addEffect(type: string, effect: string, state: keyof typeof NO_EFFECTS): void {
    const key = `${type} ${effect}`;
    const plan = this.#effects.get(key) ?? { type, effect, ...NO_EFFECTS };
    this.#effects.set(key, { ...plan, [state]: plan[state] + 1 });
  }
}

const NO_EFFECTS = { done: 0, mayRepeat: 0, mayNeedReview: 0, notDone: 0 };

const increase = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);

const inOrder = <Value>(map: ReadonlyMap<string, Value>): Record<string, Value> =>
  Object.fromEntries([...map].toSorted(([a], [b]) => a.localeCompare(b)));

function stateOf({ receipt, intent, earlier = [], ignoreReceiptsBefore }: Effect): keyof typeof NO_EFFECTS {
  if (receipt !== undefined) return "done";
  if (intent === undefined) {
    // A send of unknown outcome, and another one after it that was refused.
    return earlier.length > 0 && ignoreReceiptsBefore === undefined ? "mayRepeat" : "notDone";
  }
  return intent.onUnknown === "resend" ? "mayRepeat" : "mayNeedReview";
}
