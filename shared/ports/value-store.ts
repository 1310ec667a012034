/** Where values lie that are too large for a job row. */
export interface ValueStore {
  put(key: string, json: string): Promise<void>;
  /** @throws when there is nothing under the key: a row never names a key before its value is stored. */
  get(key: string): Promise<string>;
}
