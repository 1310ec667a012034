import { isDeepStrictEqual } from "node:util";

import * as z from "zod";

import { sellerSettings, type SellerSettings } from "../contracts/seller.ts";
import { PermanentError } from "../errors/job-errors.ts";
import type { RecordKey, RecordStore, VersionedRecord } from "../ports/record-store.ts";
import { readRecord } from "./record.ts";

const SELLER_KEY: RecordKey = { kind: "settings", id: "seller" };
const VERSION_PREFIX = "version-";
const LARGEST_PAGE = 1_000;

/** Who stored settings, and when. */
const stamp = z.object({
  storedBy: z.string().optional(),
  /** ISO 8601. */
  storedAt: z.string().optional(),
});

/** Who stores settings: kept with them. */
export interface SettingsAuthor {
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
}

/** Settings as they were, or are. */
export interface SettingsVersion {
  /** 1 is the first. */
  readonly version: number;
  readonly by: string | undefined;
  readonly at: string | undefined;
  /** As they were stored: an old version may lack what settings need today. */
  readonly settings: Readonly<Record<string, unknown>>;
}

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
 * Stores the seller's settings as the newest version, unless they are the present ones already. No version is ever lost:
 *
 * ```
 * the present one into the history ──► the new one in its place ──► the new one into the history
 * crash:   (nothing new)                 (the next call, or the history's reader, finds it in its place)
 * ```
 *
 * @throws z.ZodError listing every problem; Error when somebody else stores them at the same moment.
 */
export async function storeSeller(
  records: RecordStore,
  settings: unknown,
  author?: SettingsAuthor,
): Promise<SellerSettings> {
  const seller = z.strictObject(sellerSettings.shape).parse(settings); // a misspelt name would be left out in silence
  const body = { ...seller, ...(author && { storedBy: author.by, storedAt: author.at }) };
  const { isCreated, record } = await records.create(SELLER_KEY, body);
  // Died here: it stands in its place, and goes into the history before anything else comes there.
  await keepVersion(records, record);
  if (isCreated || isSame(record, seller)) return seller;
  if (!(await records.replace(SELLER_KEY, record.version, body))) {
    throw new Error("The seller's settings were changed at the same moment. Look at them, then store yours again.");
  }
  // Died here: as above.
  await keepVersion(records, { body, version: record.version + 1 });
  return seller;
}

/** Every version of the settings, oldest first. */
export async function sellerHistory(records: RecordStore): Promise<readonly SettingsVersion[]> {
  const current = await records.get(SELLER_KEY);
  if (current === undefined) return [];
  const kept: SettingsVersion[] = [];
  let after: string | undefined;
  for (;;) {
    const options = { prefix: VERSION_PREFIX, limit: LARGEST_PAGE, ...(after !== undefined && { after }) };
    const page = await records.list({ kind: SELLER_KEY.kind, id: SELLER_KEY.id }, options);
    kept.push(...page.map(({ part, body }) => versionOf(Number(part.slice(VERSION_PREFIX.length)), body)));
    if (page.length < LARGEST_PAGE) break;
    after = page.at(-1)?.part;
  }
  const isKept = kept.some(({ version }) => version === current.version);
  return isKept ? kept : [...kept, versionOf(current.version, current.body)];
}

async function keepVersion(records: RecordStore, { version, body }: VersionedRecord): Promise<void> {
  await records.create({ ...SELLER_KEY, part: `${VERSION_PREFIX}${String(version).padStart(6, "0")}` }, body);
}

function isSame({ body }: VersionedRecord, seller: SellerSettings): boolean {
  const known = sellerSettings.safeParse(body);
  return known.success && isDeepStrictEqual(known.data, seller);
}

function versionOf(version: number, { storedBy, storedAt, ...settings }: VersionedRecord["body"]): SettingsVersion {
  const { storedBy: by, storedAt: at } = stamp.parse({ storedBy, storedAt });
  return { version, by, at, settings };
}
