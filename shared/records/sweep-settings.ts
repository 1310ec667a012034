import {
  DEFAULT_GRACE_PERIOD_DAYS,
  sweepSettings,
  type SweepSettings,
  sweepSettingsToStore,
} from "../contracts/sweep-settings.ts";
import type { Clock } from "../ports/clock.ts";
import type { RecordKey, RecordStore } from "../ports/record-store.ts";
import { CachedValue } from "./cached-value.ts";
import { readRecord } from "./record.ts";

const KEY: RecordKey = { kind: "settings", id: "sweeps" };

/** The settings of the sweeps as handlers read them: nothing in them is left open. */
export interface SweepSettingsReader {
  /** @throws PermanentError `RECORD_INVALID` listing every problem. */
  read(): Promise<EffectiveSweepSettings>;
}

/** With the grace period decided. */
export type EffectiveSweepSettings = Omit<SweepSettings, "stores"> & {
  readonly stores: SweepSettings["stores"] & { readonly gracePeriodDays: number };
};

/** The settings of the sweeps as they are stored; those of an empty record without one. */
export async function readSweepSettings(records: RecordStore): Promise<SweepSettings> {
  return (await readRecord(records, KEY, sweepSettings))?.body ?? sweepSettings.parse({});
}

/**
 * Stores the settings of the sweeps. Every function goes by them within a minute.
 *
 * @throws z.ZodError listing every problem, misspelt names among them; Error when somebody else stores them at the same moment.
 */
export async function storeSweepSettings(records: RecordStore, given: unknown): Promise<SweepSettings> {
  const settings = sweepSettingsToStore.parse(given);
  const { isCreated, record } = await records.create(KEY, settings);
  if (isCreated || (await records.replace(KEY, record.version, settings))) return settings;
  throw new Error("The settings of the sweeps were changed at the same moment. Look at them, then store yours again.");
}

/** The same, read from the table once a minute a process. */
export class SweepSettingsCache implements SweepSettingsReader {
  readonly #cached: CachedValue<EffectiveSweepSettings>;

  /** @param gracePeriodDays where the record does not say: `SUBSCRIPTION_GRACE_PERIOD_DAYS`. */
  constructor(records: RecordStore, clock: Clock, gracePeriodDays = DEFAULT_GRACE_PERIOD_DAYS) {
    this.#cached = new CachedValue(clock, async () => {
      const { stores, ...others } = await readSweepSettings(records);
      return { ...others, stores: { ...stores, gracePeriodDays: stores.gracePeriodDays ?? gracePeriodDays } };
    });
  }

  read(): Promise<EffectiveSweepSettings> {
    return this.#cached.read();
  }
}
