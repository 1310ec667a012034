import type { Job } from "../../job/job.ts";
import type { Clock } from "../../ports/clock.ts";
import type { JobList, JobStore, ListEntry, ListOptions } from "../../ports/job-store.ts";
import { isSelected, type Selection } from "./bulk-filter.ts";

/** Entries a page of a list. */
const PAGE_SIZE = 1_000;
/** What `getMany` takes at once. */
export const MOST_ROWS = 100;

export interface SelectionPorts {
  readonly store: JobStore;
  readonly clock: Clock;
}

/** Passes over lists that change under their reader. */
const MOST_PASSES = 5;

/**
 * The jobs of a selection, as their rows say, up to 100 at a time and each job once. The lists are only hints of where to
 * look: they are read page by page, as the rows are asked for.
 */
export async function* selectedJobs(ports: SelectionPorts, selection: Selection): AsyncGenerator<readonly Job[]> {
  const seen = new Set<string>();
  let isChanging = selection.action !== "replay" && selection.filter.ids === undefined;
  for (let pass = 1; pass === 1 || (isChanging && pass <= MOST_PASSES); pass += 1) {
    const seenBefore = seen.size;
    for await (const ids of candidates(ports, selection)) yield* rowsOf(ports, selection, { ids, seen });
    // A job that a worker takes, or gives back, moves within its list by due time, past its reader too: look again.
    isChanging &&= seen.size > seenBefore;
  }
}

async function* rowsOf(
  { store, clock }: SelectionPorts,
  selection: Selection,
  { ids, seen }: { readonly ids: readonly string[]; readonly seen: Set<string> },
): AsyncGenerator<readonly Job[]> {
  const unseen = [...new Set(ids)].filter((id) => !seen.has(id));
  for (let start = 0; start < unseen.length; start += MOST_ROWS) {
    const rows = await store.getMany(unseen.slice(start, start + MOST_ROWS));
    const selected = rows.filter((row) => isSelected(row, selection, clock.now()));
    for (const { id } of selected) seen.add(id);
    if (selected.length > 0) yield selected;
  }
}

/** Ids that may be of the selection. */
async function* candidates({ store, clock }: SelectionPorts, selection: Selection): AsyncGenerator<readonly string[]> {
  if (selection.filter.ids !== undefined) {
    yield selection.filter.ids;
    return;
  }
  for (const list of listsOf(selection)) {
    const range = rangeOf(list, selection);
    if (range === undefined) continue;
    let after: string | undefined;
    do {
      const options = { ...range, limit: PAGE_SIZE, ...(after !== undefined && { after }) };
      const page = await store.list(list, options, clock.now());
      yield page.entries.filter((entry) => mayBeSelected(entry, list, selection)).map(({ id }) => id);
      after = page.next;
    } while (after !== undefined);
  }
}

function listsOf({ action, filter: { types } }: Selection): JobList[] {
  switch (action) {
    case "replay":
      return types.map((type) => ({ by: "ended", type, status: "failed" }));
    case "retry":
      return types.map((type) => ({ by: "due", type }));
    case "cancel":
      return [...types.map((type): JobList => ({ by: "due", type })), { by: "review" }];
  }
}

/** The filter's times are the list's own only where that is sorted by when a job failed. Nothing for an empty range. */
function rangeOf(list: JobList, { filter, asOf }: Selection): Pick<ListOptions, "from" | "until"> | undefined {
  if (list.by !== "ended") return {};
  const { from = 0, until = asOf } = filter;
  // DynamoDB refuses a range that ends before it begins.
  return from > Math.min(until, asOf) ? undefined : { from, until: Math.min(until, asOf) };
}

/** By what the list shows and never changes: spares the reading of rows. An error code stands still once a job has failed. */
function mayBeSelected(entry: ListEntry, list: JobList, { filter }: Selection): boolean {
  const { types, tenants, errorCodes } = filter;
  const mayHaveCode = list.by !== "ended" || errorCodes === undefined || errorCodes.includes(entry.errorCode ?? "");
  const mayBeOf = tenants === undefined || entry.tenant === undefined || tenants.includes(entry.tenant);
  return types.includes(entry.type) && mayHaveCode && mayBeOf;
}
