import type { EpochMs, Job, Progress } from "../../job/job.ts";
import { isTerminal, type JobStatus } from "../../job/job-state.ts";
import type { Clock } from "../../ports/clock.ts";
import type { JobStore, ListEntry } from "../../ports/job-store.ts";
import { checkQuery, matches, mayMatch, type CheckedQuery, type JobQuery } from "./job-query.ts";
import { sourcesOf, type JobSource } from "./job-sources.ts";
import { ListCursor, type Position } from "./list-cursor.ts";
import { keyOfJob, pageTokenOf, readPageToken, type Listing, type PagePlace } from "./page-token.ts";

/** What a list shows of a job; never its payload. */
export interface JobSummary {
  readonly id: string;
  readonly type: string;
  readonly status: JobStatus;
  readonly tenant: string;
  readonly run: number;
  readonly attempts: number;
  readonly createdAt: EpochMs;
  /** By what it is sorted: when it ended, when the ticker looks at it, since when it waits for a person; or when it was enqueued. */
  readonly at: EpochMs;
  readonly errorCode?: string;
  readonly progress?: Progress;
}

export interface JobPage {
  readonly jobs: readonly JobSummary[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: string;
  /** Index entries and rows that this page has read. */
  readonly itemsRead: number;
}

export interface InsightPorts {
  readonly store: JobStore;
  readonly clock: Clock;
}

/**
 * One page of jobs, newest first. By subject and by tenant they are sorted by when they were enqueued. Otherwise those that
 * have not ended come first, by when the ticker looks at them (`dueAt`: the lists know nothing else of them), then those
 * that have, by when they ended. `day`, `from` and `until` mean that same time.
 *
 * The lists only say where to look: each row is read, strongly consistent, and left out when it does not match any more. A
 * page may therefore be short, even empty, and still have a `next`. It reads at most `READS_PER_LIST` × limit entries of
 * each list, and `limit` rows, however many jobs there are.
 *
 * Page by page, a job that keeps its place comes exactly once; so does one that ends meanwhile, as long as no more than
 * 500 jobs were shown before they had ended. One that is claimed or retried meanwhile changes its place among those that
 * have not ended, and may be passed by: by subject or tenant it is not.
 *
 * @throws BacklineError `INVALID_QUERY`; InvalidCursorError for an `after` that no page of this query has given.
 */
export async function listJobs(ports: InsightPorts, types: readonly string[], asked: JobQuery): Promise<JobPage> {
  const query = checkQuery(types, asked);
  const groups = sourcesOf(query, types);
  const listing: Listing = { query, lists: groups.flat().map(({ list }) => list) };
  const { positions, shown } = placeOf(listing);
  const now = ports.clock.now();
  const tracks = openTracks({ store: ports.store, query, now, groups, positions });
  const picked = await pick(query, tracks, new Set(shown));
  const rows = await rowsOf(ports.store, picked);
  const jobs = summariesOf(query, picked, rows, now);
  const cursors = tracks.flat().map(({ cursor }) => cursor);
  const itemsRead = cursors.reduce((sum, cursor) => sum + cursor.itemsRead, rows.length);
  if (cursors.every(({ isAtEnd }) => isAtEnd)) return { jobs, itemsRead };
  const place = { positions: cursors.map((cursor) => cursor.position()), shown: [...shown, ...keysOfMovable(jobs)] };
  return { jobs, next: pageTokenOf(listing, place), itemsRead };
}

interface Track {
  readonly source: JobSource;
  readonly cursor: ListCursor;
}

interface Picked {
  readonly source: JobSource;
  readonly entry: ListEntry;
}

const START: Position = { used: [] };

function placeOf(listing: Listing): PagePlace {
  const { after } = listing.query;
  if (after !== undefined) return readPageToken(listing, after);
  return { positions: listing.lists.map(() => START), shown: [] };
}

/** Opens each list where the page before has left it. */
function openTracks(args: {
  readonly store: JobStore;
  readonly query: CheckedQuery;
  readonly now: EpochMs;
  readonly groups: readonly (readonly JobSource[])[];
  readonly positions: PagePlace["positions"];
}): readonly (readonly Track[])[] {
  const { store, query, now, groups, positions } = args;
  const { from, until, limit } = query;
  let index = 0;
  return groups.map((sources) =>
    sources.map((source) => {
      const position = positions[index];
      index += 1;
      const options = { store, list: source.list, from, until, limit, now, keyOf: keyOfJob };
      return { source, cursor: new ListCursor(options, position) };
    }),
  );
}

/** Up to a page of entries that may match, group by group. */
async function pick(
  query: CheckedQuery,
  groups: readonly (readonly Track[])[],
  shown: ReadonlySet<string>,
): Promise<readonly Picked[]> {
  const picked: Picked[] = [];
  for (const tracks of groups) {
    while (picked.length < query.limit) {
      const head = await newest(tracks);
      if (head === undefined) break;
      head.track.cursor.take();
      if (!mayMatch(query, head.entry) || shown.has(keyOfJob(head.entry.id))) continue;
      picked.push({ source: head.track.source, entry: head.entry });
    }
    if (tracks.some(({ cursor }) => !cursor.isAtEnd)) break;
  }
  return picked;
}

/** The newest entry of several lists; nothing when one of them may be read no further, for it might have the newest. */
async function newest(
  tracks: readonly Track[],
): Promise<{ readonly track: Track; readonly entry: ListEntry } | undefined> {
  const heads = await Promise.all(tracks.map(async (track) => ({ track, entry: await track.cursor.peek() })));
  let best: { readonly track: Track; readonly entry: ListEntry } | undefined;
  for (const { track, entry } of heads) {
    if (entry === undefined && !track.cursor.isAtEnd) return undefined;
    if (entry !== undefined && (best === undefined || entry.at > best.entry.at)) best = { track, entry };
  }
  return best;
}

async function rowsOf(store: JobStore, picked: readonly Picked[]): Promise<readonly Job[]> {
  return picked.length === 0 ? [] : store.getMany(picked.map(({ entry }) => entry.id));
}

/** Of a row that two lists had an entry of, the one that it stands in now counts. */
function summariesOf(
  query: CheckedQuery,
  picked: readonly Picked[],
  rows: readonly Job[],
  now: EpochMs,
): readonly JobSummary[] {
  const byId = new Map(rows.filter((job) => matches(query, job, now)).map((job) => [job.id, job]));
  const found = new Map<string, JobSummary>();
  for (const { entry, source } of picked) {
    const job = byId.get(entry.id);
    const at = job === undefined ? undefined : source.placeOf(job);
    if (job !== undefined && at !== undefined && at >= query.from && at <= query.until) {
      found.set(job.id, summaryOf(job, at));
    }
  }
  return [...found.values()];
}

/** Jobs whose ending puts them into another list. */
const keysOfMovable = (jobs: readonly JobSummary[]): string[] =>
  jobs.filter(({ status }) => !isTerminal(status)).map(({ id }) => keyOfJob(id));

function summaryOf(job: Job, at: EpochMs): JobSummary {
  const { id, type, status, tenant, run, attempts, createdAt, errorCode, progress } = job;
  return {
    id,
    type,
    status,
    tenant,
    run,
    attempts,
    createdAt,
    at,
    ...(errorCode !== undefined && { errorCode }),
    ...(progress !== undefined && { progress }),
  };
}
