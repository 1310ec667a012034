import type { FetchedPage, PageFetcher, PageRequest } from "../shared/ports/page-fetcher.ts";

/** What a page answers: all of it, its status, or what fetching it throws. */
export type PlannedPage = Partial<FetchedPage> | number | Error;

/** What pages answer, by URL; 200 with 1,000 bytes after 20 ms by default. */
export type PagePlan = Readonly<Record<string, PlannedPage>>;

const ANSWER: FetchedPage = { status: 200, bytes: 1_000, durationMs: 20 };

/** The web in memory: it remembers what was asked for. */
export class FakePages implements PageFetcher {
  readonly requests: PageRequest[] = [];
  readonly #plan: PagePlan;

  constructor(plan: PagePlan = {}) {
    this.#plan = plan;
  }

  async fetch(request: PageRequest): Promise<FetchedPage> {
    await Promise.resolve();
    this.requests.push(request);
    const planned = this.#plan[request.url] ?? {};
    if (planned instanceof Error) throw planned;
    return { ...ANSWER, ...(typeof planned === "number" ? { status: planned } : planned) };
  }
}
