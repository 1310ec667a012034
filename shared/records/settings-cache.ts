import type { SellerSettings } from "../contracts/seller.ts";
import type { Clock } from "../ports/clock.ts";
import type { RecordStore } from "../ports/record-store.ts";
import { CachedValue } from "./cached-value.ts";
import { readSeller } from "./seller.ts";

/** The seller's settings as handlers read them. */
export interface SettingsReader {
  /** @throws PermanentError `SELLER_SETTINGS_MISSING`, or `RECORD_INVALID` listing every problem. */
  read(): Promise<SellerSettings>;
}

/** The settings, read from the table once a minute a process. */
export class SettingsCache implements SettingsReader {
  readonly #cached: CachedValue<SellerSettings>;

  constructor(records: RecordStore, clock: Clock) {
    this.#cached = new CachedValue(clock, () => readSeller(records));
  }

  read(): Promise<SellerSettings> {
    return this.#cached.read();
  }
}
