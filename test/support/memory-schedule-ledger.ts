import type {
  LedgerEntry,
  ScheduleCursors,
  ScheduleLedger,
  ScheduleSlot,
  Versioned,
} from "../../shared/ports/schedule-ledger.ts";

/** The schedule ledger in memory. */
export class MemoryScheduleLedger implements ScheduleLedger {
  readonly entries = new Map<string, LedgerEntry>();
  readonly #slots = new Map<string, Versioned<ScheduleSlot>>();
  #cursors: Versioned<ScheduleCursors> = { value: {}, version: 0 };

  get(schedule: string, at: number): Promise<LedgerEntry | undefined> {
    return Promise.resolve(structuredClone(this.entries.get(`${schedule} ${at}`)));
  }

  decide(entry: LedgerEntry): Promise<LedgerEntry> {
    const key = `${entry.schedule} ${entry.at}`;
    const known = this.entries.get(key);
    const standing = known === undefined || known.decision === "queued" ? entry : known;
    this.entries.set(key, structuredClone(standing));
    return Promise.resolve(standing);
  }

  list(schedule: string, range: { from: number; until: number; limit: number }): Promise<readonly LedgerEntry[]> {
    const found = [...this.entries.values()]
      .filter((entry) => entry.schedule === schedule && entry.at >= range.from && entry.at <= range.until)
      .toSorted((a, b) => a.at - b.at);
    return Promise.resolve(structuredClone(found.slice(0, range.limit)));
  }

  slot(schedule: string): Promise<Versioned<ScheduleSlot | undefined>> {
    return Promise.resolve(structuredClone(this.#slots.get(schedule) ?? { value: undefined, version: 0 }));
  }

  takeSlot(schedule: string, slot: ScheduleSlot, version: number): Promise<boolean> {
    if ((this.#slots.get(schedule)?.version ?? 0) !== version) return Promise.resolve(false);
    this.#slots.set(schedule, { value: structuredClone(slot), version: version + 1 });
    return Promise.resolve(true);
  }

  cursors(): Promise<Versioned<ScheduleCursors>> {
    return Promise.resolve(structuredClone(this.#cursors));
  }

  saveCursors(cursors: ScheduleCursors, version: number): Promise<boolean> {
    if (this.#cursors.version !== version) return Promise.resolve(false);
    this.#cursors = { value: structuredClone(cursors), version: version + 1 };
    return Promise.resolve(true);
  }
}
