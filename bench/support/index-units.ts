import { isDeepStrictEqual } from "node:util";

/** An index, by its keys and by what it projects beside all keys. */
export interface MeasuredIndex {
  readonly partitionKey: string;
  readonly sortKey: string;
  readonly projected?: readonly string[];
}

type Row = Readonly<Record<string, unknown>>;

/**
 * Write units of an index for one write of its table, where entries have up to 1 KB. AWS's rule (Developer Guide, "Provisioned
 * throughput considerations for global secondary indexes"): 1 for an entry that comes, goes or changes, 2 when its key changes.
 *
 * @param before the row before the write, empty if there was none; `after` likewise.
 */
export function indexUnits(index: MeasuredIndex, before: Row, after: Row): number {
  const [old, now] = [entryOf(index, before), entryOf(index, after)];
  if (old === undefined || now === undefined) return old === now ? 0 : 1;
  if (!isDeepStrictEqual(old.key, now.key)) return 2;
  return isDeepStrictEqual(old.projected, now.projected) ? 0 : 1;
}

/** A row's entry in an index: its key, and what is projected. */
function entryOf({ partitionKey, sortKey, projected = [] }: MeasuredIndex, row: Row) {
  if (row[partitionKey] === undefined || row[sortKey] === undefined) return undefined;
  return { key: [row[partitionKey], row[sortKey]], projected: projected.map((name) => row[name]) };
}
