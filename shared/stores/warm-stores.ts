import pMap from "p-map";

import type { SweepPayload } from "../contracts/sweep-payload.ts";
import type { JobContext } from "../engine/job-context.ts";
import type { SweepPage } from "../engine/sweep.ts";
import { PermanentError } from "../errors/job-errors.ts";
import { PageFetchError } from "../errors/page-fetch-error.ts";
import type { EpochMs } from "../job/job.ts";
import type { Services } from "../lambda/compose-services.ts";
import { sweepResultOf, type SweepResult } from "../sweeps/sweep-result.ts";
import { batchAt, type Place } from "./warm-batches.ts";
import type { Page, PageSource } from "./warm-pages.ts";
import { EMPTY_REPORT, pageName, withPages, type Fetched, type WarmReport } from "./warm-report.ts";

/** What a warming came to. */
export interface WarmingResult extends SweepResult, WarmReport {
  /** Pages that are warm: answered by 200 to 299, read to their end. Of a dry run, those that would be fetched. */
  readonly processed: number;
  /** The same. */
  readonly warmed: number;
  /** Pages that are not, and records that do not say their pages. */
  readonly failed: number;
}

/** Where the sweep is, and what all before came to. */
type Cursor = Place & { readonly report: WarmReport };

/** What a page came to. */
interface Item {
  readonly key: string;
  /** Nothing was fetched: it is not known what. */
  readonly problem?: PermanentError;
  /** It was fetched, and is not warm. */
  readonly failure?: Fetched["failure"];
}

interface Warming extends PageSource {
  readonly job: JobContext<SweepPayload>;
  readonly fetcher: Services["pages"];
}

/**
 * Fetches the configured URLs, then each store's list of products and the pages of its best-selling ones.
 *
 * ```
 * page: fetch its URLs, so many of a host at a time ──► items: what each came to ──► checkpoint ──► next page
 *        └─ after a crash they are fetched again: harmless         cursor: the report so far ─┘
 * last page: nothing but the report, which becomes a step
 * ```
 */
export async function warmStores(
  job: JobContext<SweepPayload>,
  { records, pages: fetcher, sweepSettings }: Pick<Services, "records" | "pages" | "sweepSettings">,
  asOf: EpochMs,
): Promise<WarmingResult> {
  const { warming: settings } = await sweepSettings.read();
  const warming = { job, records, fetcher, settings, asOf };
  const totals = await job.sweep<Item, Cursor>("pages", {
    page: (cursor = { next: "urls", from: 0, report: EMPTY_REPORT }) => warmPage(warming, cursor),
    key: ({ key }) => key,
    isDue: ({ problem }) => {
      if (problem !== undefined) throw problem;
      return true;
    },
    // The page was fetched with all of its batch; what is left is to say what it came to.
    each: ({ failure }) => (failure === undefined ? Promise.resolve() : Promise.reject(failure)),
    isDryRun: job.payload.dryRun,
  });
  const { done, failed } = totals;
  const report = await keepReport(job, EMPTY_REPORT);
  return { ...sweepResultOf(totals), processed: done, warmed: done, failed, ...report };
}

/** The first call's report, which is that of the sweep's last page. */
const keepReport = (job: Warming["job"], report: WarmReport): Promise<WarmReport> => job.step("report", () => report);

async function warmPage(warming: Warming, { report, ...place }: Cursor): Promise<SweepPage<Item, Cursor>> {
  if (place.next === "end") {
    // Died behind this: the page is asked for again, with the same report. It is written with the sweep's end, or before.
    await keepReport(warming.job, report);
    return { items: [] };
  }
  const { pages, next } = await batchAt(warming, place);
  const urls = urlsOf(pages);
  const broken = pages.filter((page) => "problem" in page);
  if (warming.job.payload.dryRun) {
    return { items: [...urls.map((url) => ({ key: pageName(url) })), ...broken], next: { ...next, report } };
  }
  const fetched = await fetchAll(warming, urls);
  return { items: [...fetched.map(itemOf), ...broken], next: { ...next, report: withPages(report, fetched) } };
}

/** Each page once: stores may share their pages, and fragments are no pages. */
const urlsOf = (pages: readonly Page[]): readonly string[] => [
  ...new Map(pages.flatMap((page) => ("url" in page ? [[pageName(page.url), page.url]] : []))).values(),
];

const itemOf = ({ url, failure }: Fetched): Item => ({ key: pageName(url), ...(failure && { failure }) });

/** Hosts beside each other, and of each so many pages at a time. */
async function fetchAll(warming: Warming, urls: readonly string[]): Promise<readonly Fetched[]> {
  const { concurrency } = warming.settings;
  const byHost = Map.groupBy(urls, (url) => new URL(url).host);
  const fetched = await Promise.all(
    [...byHost.values()].map((ofHost) => pMap(ofHost, (url) => fetchOne(warming, url), { concurrency })),
  );
  return fetched.flat();
}

/** @throws what is no fault of the page's: the job is out of time. */
async function fetchOne({ job, fetcher, settings }: Warming, url: string): Promise<Fetched> {
  const { timeoutMs, maxBytes, userAgent } = settings;
  try {
    const page = await fetcher.fetch({ url, timeoutMs, maxBytes, userAgent, signal: job.signal });
    const failure = failureOf(page.status);
    return { url, answer: String(page.status), ms: page.durationMs, bytes: page.bytes, ...(failure && { failure }) };
  } catch (failure) {
    if (!(failure instanceof PageFetchError)) throw failure;
    return { url, answer: failure.code, failure };
  }
}

function failureOf(status: number): PermanentError | undefined {
  if (status >= 200 && status < 300) return undefined;
  const isRedirect = status >= 300 && status < 400;
  const hint = isRedirect ? ", a redirect, which is not followed: give the page's own URL" : "";
  return new PermanentError("PAGE_NOT_WARMED", `answered ${status}${hint}`);
}
