import type { Clock } from "../ports/clock.ts";

/** A change reaches every function within a minute. */
const CACHE_MS = 60_000;

/** What is read at most once a minute a process. A failed read is not kept. */
export class CachedValue<Value> {
  readonly #clock: Clock;
  readonly #read: () => Promise<Value>;
  #cached: { readonly value: Value; readonly until: number } | undefined;

  constructor(clock: Clock, read: () => Promise<Value>) {
    this.#clock = clock;
    this.#read = read;
  }

  async read(): Promise<Value> {
    const now = this.#clock.now();
    if (this.#cached !== undefined && this.#cached.until > now) return this.#cached.value;
    const value = await this.#read();
    this.#cached = { value, until: now + CACHE_MS };
    return value;
  }
}
