import type { ListIndexName, RecordLists } from "../../shared/job/record-lists.ts";
import type {
  EntryOptions,
  ListedRecord,
  ListEntry,
  ListOptions,
  RecordKey,
  RecordList,
  RecordStore,
  VersionedRecord,
} from "../../shared/ports/record-store.ts";
import { plainCopy } from "./plain-copy.ts";
import { SortedList } from "./sorted-list.ts";

/** A record with the whole of its key. */
export interface StoredRecord extends VersionedRecord, Required<RecordKey> {}

/** Business records in memory: a page of a list takes as long among 100,000 records as among ten. */
export class MemoryRecordStore implements RecordStore {
  readonly #records = new Map<string, StoredRecord>();
  readonly #listsOf = new Map<string, RecordLists>();
  readonly #lists = new Map<string, SortedList<ListEntry>>();
  readonly #parts = new Map<string, SortedList<string>>();

  async get(key: RecordKey): Promise<VersionedRecord | undefined> {
    await Promise.resolve();
    return contentOf(this.#records.get(nameOf(key)));
  }

  async list(
    { kind, id }: Omit<RecordKey, "part">,
    { prefix = "", after, limit = 100 }: ListOptions = {},
  ): Promise<readonly ListedRecord[]> {
    await Promise.resolve();
    const first = after === undefined || compareBytes(after, prefix) < 0 ? prefix : after;
    const parts = this.#parts.get(nameOfParts({ kind, id }))?.from(first) ?? [];
    // Those with the prefix stand together, and `first` is not before them.
    const found = firstOf(limit, parts, {
      isWanted: (part) => after === undefined || compareBytes(part, after) > 0,
      isBehind: (part) => !part.startsWith(prefix),
    });
    return found.flatMap((part) => {
      const record = this.#records.get(nameOf({ kind, id, part }));
      return record === undefined ? [] : [plainCopy({ part, body: record.body, version: record.version })];
    });
  }

  async entries(
    { kind, index, list }: RecordList,
    { from = -Infinity, to = Infinity, after, limit = 100 }: EntryOptions = {},
  ): Promise<readonly ListEntry[]> {
    await Promise.resolve();
    const first = after === undefined || after.at < from ? { at: from, id: "", part: "" } : after;
    const entries = this.#lists.get(nameOfList({ kind, index, list }))?.from(first) ?? [];
    return firstOf(limit, entries, {
      isWanted: (entry) => after === undefined || compareEntries(entry, after) > 0,
      isBehind: ({ at }) => at > to,
    });
  }

  async create(key: RecordKey, body: object, lists: RecordLists = {}): ReturnType<RecordStore["create"]> {
    await Promise.resolve();
    const existing = contentOf(this.#records.get(nameOf(key)));
    if (existing !== undefined) return { isCreated: false, record: existing };
    return { isCreated: true, record: this.#put(key, { body: copyOf(body), version: 1 }, lists) };
  }

  async replace(key: RecordKey, version: number, body: object, lists: RecordLists = {}): Promise<boolean> {
    await Promise.resolve();
    if (this.#records.get(nameOf(key))?.version !== version) return false;
    this.#put(key, { body: copyOf(body), version: version + 1 }, lists);
    return true;
  }

  async remove(key: RecordKey, version: number): Promise<boolean> {
    await Promise.resolve();
    const existing = this.#records.get(nameOf(key));
    if (existing === undefined) return true;
    if (existing.version !== version) return false;
    this.#leaveLists(existing);
    this.#parts.get(nameOfParts(existing))?.remove(existing.part);
    this.#records.delete(nameOf(key));
    return true;
  }

  /** Every record, in the order in which they were created. */
  all(): StoredRecord[] {
    return [...this.#records.values()].map((record) => plainCopy(record));
  }

  /** Names of all records of a kind, `id/part`. */
  namesOf(kind: string): string[] {
    return [...this.#records.values()].filter((record) => record.kind === kind).map(({ id, part }) => `${id}/${part}`);
  }

  #put({ kind, id, part = "-" }: RecordKey, content: VersionedRecord, lists: RecordLists): VersionedRecord {
    const key = { kind, id, part };
    this.#leaveLists(key);
    this.#records.set(nameOf(key), { ...key, ...content });
    open(this.#parts, nameOfParts(key), compareBytes).add(part);
    this.#listsOf.set(nameOf(key), plainCopy(lists));
    for (const [index, place] of placesOf(lists)) {
      const list = open(this.#lists, nameOfList({ kind, index, list: place.list }), compareEntries);
      list.add({ id, part, at: place.at });
    }
    return plainCopy(content);
  }

  #leaveLists({ kind, id, part }: Required<RecordKey>): void {
    const name = nameOf({ kind, id, part });
    for (const [index, { list, at }] of placesOf(this.#listsOf.get(name) ?? {})) {
      this.#lists.get(nameOfList({ kind, index, list }))?.remove({ id, part, at });
    }
    this.#listsOf.delete(name);
  }
}

const nameOf = ({ kind, id, part = "-" }: RecordKey): string => JSON.stringify([kind, id, part]);
const nameOfParts = ({ kind, id }: Pick<RecordKey, "kind" | "id">): string => JSON.stringify([kind, id]);
const nameOfList = ({ kind, index, list }: RecordList): string => JSON.stringify([kind, index, list]);

function placesOf({ gsi1, gsi2 }: RecordLists) {
  const places = [["gsi1", gsi1] as const, ["gsi2", gsi2] as const];
  return places.flatMap(([index, place]) =>
    place === undefined ? [] : [[index satisfies ListIndexName, place] as const],
  );
}

/** The list of that name, which begins empty. */
function open<Item>(
  lists: Map<string, SortedList<Item>>,
  name: string,
  compare: (one: Item, other: Item) => number,
): SortedList<Item> {
  const known = lists.get(name);
  if (known !== undefined) return known;
  const list = new SortedList(compare);
  lists.set(name, list);
  return list;
}

/** At most so many of the items that are wanted, up to one that is behind them all. */
function firstOf<Item>(
  limit: number,
  items: Iterable<Item>,
  { isWanted, isBehind }: Readonly<Record<"isWanted" | "isBehind", (item: Item) => boolean>>,
): Item[] {
  const found: Item[] = [];
  for (const item of items) {
    if (found.length === limit || isBehind(item)) break;
    if (isWanted(item)) found.push(item);
  }
  return found;
}

/** As JSON brings it back: a table keeps no `undefined`. */
const copyOf = (body: object) => JSON.parse(JSON.stringify(body)) as VersionedRecord["body"];

const contentOf = (record: StoredRecord | undefined): VersionedRecord | undefined =>
  record && plainCopy({ body: record.body, version: record.version });

const compareEntries = (one: ListEntry, other: ListEntry): number =>
  one.at - other.at || compareBytes(one.id, other.id) || compareBytes(one.part, other.part);

/** DynamoDB's order; that of JavaScript's texts differs beyond the basic plane. */
const compareBytes = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other));
