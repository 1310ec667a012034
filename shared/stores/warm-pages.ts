import pMap from "p-map";

import type { SweepSettings } from "../contracts/sweep-settings.ts";
import { PermanentError } from "../errors/job-errors.ts";
import type { EpochMs } from "../job/job.ts";
import type { RecordStore } from "../ports/record-store.ts";
import { dailyOverviewKey, dailyOverviews, type DailyOverview } from "../records/daily-overview.ts";
import { storeProductKey, storeProducts } from "../records/store-goods.ts";
import { tenantKey, tenants } from "../records/tenant.ts";
import { derivedId } from "../sweeps/derived-id.ts";
import { DAY_MS } from "../job/durations.ts";

/** Where pages are found. */
export interface PageSource {
  readonly records: RecordStore;
  readonly settings: SweepSettings["warming"];
  /** The popular pages are those of the latest days before. */
  readonly asOf: EpochMs;
}

/** A page's URL, or why it is not known: a record that is wrong in itself. */
export type Page = { readonly url: string } | { readonly key: string; readonly problem: PermanentError };

/** Some of a store's pages, by their place: 0 is its list, then come those of its best-selling products. */
export interface Places {
  readonly from: number;
  /** Not included. */
  readonly to: number;
}

/** A store that was closed for some days has popular pages nevertheless. */
const LOOK_BACK_DAYS = 7;
const PRODUCTS_AT_ONCE = 10;

/** Some of a store's pages. Fewer where a product is gone, or fewer were sold; none where nobody knows the store's URL. */
export async function storePages(source: PageSource, tenantId: string, { from, to }: Places): Promise<readonly Page[]> {
  // A problem of the whole store is told once, with the first of its pages.
  const told = (problem: Page) => (from === 0 ? [problem] : []);
  const tenant = await orProblem(tenantId, () => tenants.read(source.records, tenantKey(tenantId)));
  if (tenant !== undefined && "problem" in tenant) return told(tenant);
  const storeUrl = tenant?.body.storeUrl;
  if (storeUrl === undefined) return [];
  const toPage = (path: string): Page => ({ url: storeRoot(storeUrl) + path });
  const list = from === 0 ? [toPage(source.settings.listingPath)] : [];
  const top = await orProblem(derivedId(`${tenantId}/overview`), () => latestTopProducts(source, tenantId));
  if ("problem" in top) return [...list, ...told(top)];
  const wanted = top.slice(Math.max(0, from - 1), Math.max(0, to - 1));
  const pages = await pMap(wanted, ({ productId }) => productPage(source, tenantId, productId, toPage), {
    concurrency: PRODUCTS_AT_ONCE,
  });
  return [...list, ...pages.filter((page) => page !== undefined)];
}

/** A path is put behind it, not resolved: `//elsewhere.example.com` stays a path of the store. */
function storeRoot(storeUrl: string): string {
  const { origin, pathname } = new URL(storeUrl);
  return origin + pathname.replace(/\/+$/, "");
}

/** Nothing for a product that is gone. */
async function productPage(
  { records }: PageSource,
  tenantId: string,
  productId: string,
  toPage: (path: string) => Page,
): Promise<Page | undefined> {
  const key = storeProductKey(tenantId, productId);
  const product = await orProblem(derivedId(`${tenantId}/${productId}`), () => storeProducts.read(records, key));
  if (product === undefined || "problem" in product) return product;
  return toPage(product.body.path ?? `/products/${productId}`);
}

/** Of the latest day on which anything was sold: one query of some days' overviews. */
async function latestTopProducts(
  { records, asOf }: PageSource,
  tenantId: string,
): Promise<DailyOverview["topProducts"]> {
  const { id, part: prefix } = dailyOverviewKey(tenantId, "");
  const dayBefore = new Date(asOf - (LOOK_BACK_DAYS + 1) * DAY_MS).toISOString().slice(0, 10);
  const { part: after } = dailyOverviewKey(tenantId, dayBefore);
  const limit = LOOK_BACK_DAYS + 1; // the day of `asOf` itself is over in some time zones
  const listed = await records.list({ kind: dailyOverviews.kind, id }, { prefix, after, limit });
  const overviews = listed.map((record) => dailyOverviews.parse({ id, part: record.part }, record).body);
  return overviews.findLast(({ topProducts }) => topProducts.length > 0)?.topProducts ?? [];
}

/** A record that is wrong in itself stops nobody else's pages. */
async function orProblem<Read>(
  key: string,
  read: () => Promise<Read>,
): Promise<Read | { readonly key: string; readonly problem: PermanentError }> {
  try {
    return await read();
  } catch (problem) {
    if (problem instanceof PermanentError) return { key, problem };
    throw problem;
  }
}
