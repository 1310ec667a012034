import pMap from "p-map";

import type { SweepSettings } from "../contracts/sweep-settings.ts";
import { listTenantIds } from "../records/tenant.ts";
import { storePages, type Page, type PageSource } from "./warm-pages.ts";

/** What comes next: a configured URL by its number, a store behind another one and the first of its pages, or nothing. */
export type Place =
  | { readonly next: "urls"; readonly from: number }
  | { readonly next: "stores"; readonly after?: string; readonly from: number }
  | { readonly next: "end" };

/** Pages that are fetched together. */
export interface Batch {
  readonly pages: readonly Page[];
  readonly next: Place;
}

/** What a batch may take at worst: a quarter of the function's time. */
const LONGEST_BATCH_MS = 30_000;
const MOST_IN_BATCH = 50;

/** So many pages that they take no longer than that, even if all are of one silent host. */
const batchSize = ({ concurrency, timeoutMs }: SweepSettings["warming"]): number =>
  Math.min(MOST_IN_BATCH, concurrency * Math.max(1, Math.floor(LONGEST_BATCH_MS / timeoutMs)));

/** The configured URLs come first, then store after store. Settings that change meanwhile move pages within a run at most. */
export function batchAt(source: PageSource, place: Exclude<Place, { readonly next: "end" }>): Batch | Promise<Batch> {
  return place.next === "urls" ? urlBatch(source, place.from) : storeBatch(source, place);
}

function urlBatch({ settings }: PageSource, from: number): Batch {
  const to = from + batchSize(settings);
  const isLast = to >= settings.urls.length;
  return {
    pages: settings.urls.slice(from, to).map((url) => ({ url })),
    next: isLast ? { next: "stores", from: 0 } : { next: "urls", from: to },
  };
}

/** Several stores, or one, or a part of one that has many pages. */
async function storeBatch(
  source: PageSource,
  { after, from }: Extract<Place, { readonly next: "stores" }>,
): Promise<Batch> {
  const size = batchSize(source.settings);
  const pagesEach = 1 + source.settings.popularPages;
  const to = Math.min(pagesEach, from + size);
  const limit = Math.max(1, Math.floor(size / pagesEach));
  const tenantIds = await listTenantIds(source.records, { after, limit });
  const found = await pMap(tenantIds, (tenantId) => storePages(source, tenantId, { from, to }), { concurrency: limit });
  return { pages: found.flat(), next: placeBehind(tenantIds.at(-1)) };

  function placeBehind(last: string | undefined): Place {
    if (last === undefined) return { next: "end" };
    if (to < pagesEach) return { next: "stores", ...(after !== undefined && { after }), from: to };
    return tenantIds.length < limit ? { next: "end" } : { next: "stores", after: last, from: 0 };
  }
}
