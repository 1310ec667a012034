import type { SellerSettings } from "../contracts/seller.ts";
import type { Clock } from "../ports/clock.ts";
import type { RecordStore } from "../ports/record-store.ts";
import { readSeller } from "./seller.ts";

/** The seller's settings as handlers read them. */
export interface SettingsReader {
  /** @throws PermanentError `SELLER_SETTINGS_MISSING`, or `RECORD_INVALID` listing every problem. */
  read(): Promise<SellerSettings>;
}

/** A change of the settings reaches every function within a minute. */
const CACHE_MS = 60_000;

/** The settings, read from the table once a minute a process. A failed read is not kept. */
export class SettingsCache implements SettingsReader {
  readonly #records: RecordStore;
  readonly #clock: Clock;
  #cached: { readonly settings: SellerSettings; readonly until: number } | undefined;

  constructor(records: RecordStore, clock: Clock) {
    this.#records = records;
    this.#clock = clock;
  }

  async read(): Promise<SellerSettings> {
    const now = this.#clock.now();
    if (this.#cached !== undefined && this.#cached.until > now) return this.#cached.settings;
    const settings = await readSeller(this.#records);
    this.#cached = { settings, until: now + CACHE_MS };
    return settings;
  }
}
