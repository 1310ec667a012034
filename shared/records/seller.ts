import { sellerSettings, type SellerSettings } from "../contracts/seller.ts";
import { PermanentError } from "../errors/job-errors.ts";
import type { RecordKey, RecordStore } from "../ports/record-store.ts";
import { readRecord } from "./record.ts";

const SELLER_KEY: RecordKey = { kind: "settings", id: "seller" };

/**
 * The seller's settings.
 *
 * @throws PermanentError `SELLER_SETTINGS_MISSING`, or `RECORD_INVALID` listing every problem.
 */
export async function readSeller(records: RecordStore): Promise<SellerSettings> {
  const record = await readRecord(records, SELLER_KEY, sellerSettings);
  if (record !== undefined) return record.body;
  throw new PermanentError(
    "SELLER_SETTINGS_MISSING",
    "There is no settings record of the seller. Store one with `npm run seller` (README, “Deploy”), then replay the job.",
  );
}

/**
 * Stores the seller's settings, over those there are.
 *
 * @throws z.ZodError listing every problem; Error when somebody else stores them at the same moment.
 */
export async function storeSeller(records: RecordStore, settings: unknown): Promise<SellerSettings> {
  const body = sellerSettings.parse(settings);
  const { isCreated, record } = await records.create(SELLER_KEY, body);
  if (isCreated || (await records.replace(SELLER_KEY, record.version, body))) return body;
  throw new Error("The seller's settings were changed at the same moment. Look at them, then store yours again.");
}
