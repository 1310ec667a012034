import { exampleSeller } from "../shared/contracts/seller.ts";
import { storeSeller } from "../shared/records/seller.ts";
import type { Runtime } from "./runtime.ts";
import { openStores } from "./runtime-stores.ts";

/** What a first visitor needs: the example seller's settings. */
export async function seed({ info }: Runtime): Promise<void> {
  await storeSeller(openStores(info).records, exampleSeller);
}
