import { exampleSeller } from "../shared/contracts/seller.ts";
import { storeSeller } from "../shared/records/seller.ts";
import { exampleThumbnail } from "./example-image.ts";
import { EXAMPLE_THUMBNAILS } from "./example-payment.ts";
import type { Runtime } from "./runtime.ts";
import { openStores } from "./runtime-stores.ts";

/** What a first visitor needs: the example seller's settings, and pictures of the example products. */
export async function seed({ info }: Runtime): Promise<void> {
  const { records, files } = openStores(info);
  await storeSeller(records, exampleSeller);
  for (const { key, colour } of Object.values(EXAMPLE_THUMBNAILS)) {
    await files.putOnce({ bucket: "assets", key, body: exampleThumbnail(colour), contentType: "image/png" });
  }
}
