import { describe, expect, it } from "@jest/globals";

import { checkJob, exampleOf, runJob, type GivenRecord, type RunOptions } from "../../testing/index.ts"; // before the handler
import { handler } from "../../functions/stores/cache-warming.ts";
import type { SweepPayload } from "../../shared/contracts/sweep-payload.ts";
import type { JobContext } from "../../shared/engine/job-context.ts";
import { PageFetchError } from "../../shared/errors/page-fetch-error.ts";
import type { Services } from "../../shared/lambda/compose-services.ts";
import type { PageRequest } from "../../shared/ports/page-fetcher.ts";
import { anOverview, aProduct, aTenant } from "../support/store-factory.ts";

const payload = { dryRun: false, asOf: "2026-03-01T04:00:00Z" };
const settings = (warming: object) => ({ kind: "settings", id: "sweeps", body: { warming } });
const sold = (...productIds: readonly string[]) =>
  productIds.map((productId) => ({ productId, name: "A vase", quantity: 1, revenue: 18_500 }));
const SHOP = "https://celadon.example.com";

/** Runs the handler, and watches what it fetches. */
async function warm(records: readonly GivenRecord[], options: RunOptions & { readonly dryRun?: boolean } = {}) {
  const { dryRun = false, ...others } = options;
  const requests: PageRequest[] = [];
  const open = new Map<string, number>();
  const most = new Map<string, number>();
  const watched = {
    definition: handler.definition,
    handle: (job: JobContext<SweepPayload>, services: Services) => {
      const fetch = async (request: PageRequest) => {
        const { host } = new URL(request.url);
        requests.push(request);
        open.set(host, (open.get(host) ?? 0) + 1);
        most.set(host, Math.max(most.get(host) ?? 0, open.get(host) ?? 0));
        await new Promise(setImmediate); // whoever may begin beside it has begun
        return services.pages.fetch(request).finally(() => open.set(host, (open.get(host) ?? 0) - 1));
      };
      return handler.handle(job, { ...services, pages: { fetch } });
    },
  };
  const run = await runJob(watched, { ...payload, dryRun }, { records, ...others });
  return { run, result: run.result, requests, urls: requests.map(({ url }) => url), most: Object.fromEntries(most) };
}

describe("cache warming", () => {
  it("fetches the list of a store's products and its best-selling ones, and says how it went", async () => {
    const records = [
      aTenant(),
      aProduct({ productId: "vase", path: "/vases/stoneware" }),
      aProduct({ productId: "bowl" }),
      anOverview({ topProducts: sold("vase", "bowl") }),
    ];
    const pages = { [`${SHOP}/vases/stoneware`]: { durationMs: 900, bytes: 54_321 } };
    const { result, requests } = await warm(records, { pages });
    const request = { timeoutMs: 5_000, maxBytes: 2_000_000, userAgent: "Backline cache warming" };
    expect(requests).toMatchObject([
      { ...request, url: `${SHOP}/products` },
      { ...request, url: `${SHOP}/vases/stoneware` },
      { ...request, url: `${SHOP}/products/bowl` },
    ]);
    expect(requests.map(({ signal }) => signal?.aborted)).toEqual([false, false, false]);
    expect(result).toEqual({
      success: true,
      errors: [],
      errorCount: 0,
      visited: 3,
      dryRun: false,
      processed: 3,
      warmed: 3,
      failed: 0,
      answers: { "200": 3 },
      slowest: [
        { url: `${SHOP}/vases/stoneware`, ms: 900, bytes: 54_321 },
        { url: `${SHOP}/products`, ms: 20, bytes: 1_000 },
        { url: `${SHOP}/products/bowl`, ms: 20, bytes: 1_000 },
      ],
    });
  });

  it("fetches the configured URLs first, each once, whatever their fragments", async () => {
    const urls = ["https://www.example.com/", "https://www.example.com/#top", "https://www.example.com/about?lang=nl"];
    const { urls: fetched } = await warm([settings({ urls }), aTenant()]);
    expect(fetched).toEqual([
      "https://www.example.com/#top",
      "https://www.example.com/about?lang=nl",
      `${SHOP}/products`,
    ]);
  });

  it("of nothing at all says that nothing was done", async () => {
    const { result } = await warm([]);
    expect(result).toMatchObject({ success: true, visited: 0, processed: 0, answers: {}, slowest: [] });
  });
});

describe("a store's pages", () => {
  it("are none without its URL, and its list alone while nothing was sold", async () => {
    const { storeUrl: _url, ...unknown } = aTenant({ tenantId: "shop_2" }).body as ReturnType<
      typeof aTenant
    >["body"] & {
      storeUrl?: string;
    };
    const records = [aTenant(), { ...aTenant({ tenantId: "shop_2" }), body: unknown }];
    expect((await warm(records)).urls).toEqual([`${SHOP}/products`]);
  });

  it("leave out a product that is gone", async () => {
    const records = [aTenant(), aProduct(), anOverview({ topProducts: sold("gone", "vase") })];
    expect((await warm(records)).urls).toEqual([`${SHOP}/products`, `${SHOP}/products/vase`]);
  });

  it("are those of the latest day on which anything was sold", async () => {
    const records = [
      aTenant(),
      ...["bowl", "cup", "vase"].map((productId) => aProduct({ productId })),
      anOverview({ day: "2026-02-26", topProducts: sold("vase") }),
      anOverview({ day: "2026-02-27", topProducts: sold("bowl") }),
      anOverview({ day: "2026-02-28", topProducts: [] }),
    ];
    expect((await warm(records)).urls).toEqual([`${SHOP}/products`, `${SHOP}/products/bowl`]);
  });

  it.each([
    ["2026-02-21", ["/products"]],
    ["2026-02-22", ["/products", "/products/vase"]],
    ["2026-03-01", ["/products", "/products/vase"]],
  ])("are those of the past seven days: with sales on %s alone they are %j", async (day, paths) => {
    const { urls } = await warm([aTenant(), aProduct(), anOverview({ day })]);
    expect(urls).toEqual(paths.map((path) => SHOP + path));
  });

  it("are as many as the settings say, under the path that they say", async () => {
    const records = [
      settings({ popularPages: 1, listingPath: "/all" }),
      aTenant({ storeUrl: "https://shops.example.com/celadon/?from=mail#top" }),
      ...["bowl", "vase"].map((productId) => aProduct({ productId })),
      anOverview({ topProducts: sold("vase", "bowl") }),
    ];
    const root = "https://shops.example.com/celadon";
    expect((await warm(records)).urls).toEqual([`${root}/all`, `${root}/products/vase`]);
  });

  it("stay in the store, whatever a product's path says", async () => {
    const records = [aTenant(), aProduct({ path: "//elsewhere.example.com/" }), anOverview()];
    expect((await warm(records)).urls).toEqual([`${SHOP}/products`, `${SHOP}//elsewhere.example.com/`]);
  });
});

describe("a page that is not warm", () => {
  const urls = ["ok", "gone", "moved", "broken", "slow", "large", "inside"].map(
    (name) => `https://www.example.com/${name}?token=secret`,
  );
  const [, gone = "", moved = "", broken = "", slow = "", large = "", inside = ""] = urls;
  const pages = {
    [gone]: 404,
    [moved]: 301,
    [broken]: 503,
    [slow]: new PageFetchError("TIMEOUT", "not read within 5000 ms"),
    [large]: new PageFetchError("TOO_LARGE", "has more than 2000000 bytes"),
    [inside]: new PageFetchError("ADDRESS_REFUSED", "has no public address"),
  };

  it("is an error of its own, by its URL without the query, and the others are fetched", async () => {
    const { run, result } = await warm([settings({ urls })], { pages });
    expect(run.status).toBe("completed");
    expect(result).toMatchObject({
      success: false,
      errorCount: 6,
      processed: 1,
      warmed: 1,
      failed: 6,
      answers: { "200": 1, "301": 1, "404": 1, "503": 1, TIMEOUT: 1, TOO_LARGE: 1, ADDRESS_REFUSED: 1 },
    });
    const { errors } = result as { errors: readonly string[] }; // as the result's type says
    const hint = ", a redirect, which is not followed: give the page's own URL";
    expect(errors.map((error) => error.replace(/\?[0-9a-f]{8}: /, ": "))).toEqual([
      "https://www.example.com/gone: answered 404",
      `https://www.example.com/moved: answered 301${hint}`,
      "https://www.example.com/broken: answered 503",
      "https://www.example.com/slow: not read within 5000 ms",
      "https://www.example.com/large: has more than 2000000 bytes",
      "https://www.example.com/inside: has no public address",
    ]);
    expect(JSON.stringify([result, run.logs, run.enqueued])).not.toContain("secret");
    expect(run.enqueued).toMatchObject([{ type: "email", payload: { type: "system_notification" } }]);
  });

  it.each([
    [199, false],
    [200, true],
    [204, true],
    [299, true],
    [300, false],
    [304, false],
  ])("answers %i: %s", async (status, isWarm) => {
    const { result } = await warm([aTenant()], { pages: { [`${SHOP}/products`]: status } });
    expect(result).toMatchObject({ success: isWarm, warmed: isWarm ? 1 : 0, answers: { [status]: 1 } });
  });
});

describe("a record that is not right", () => {
  it("is an error of its own; all other pages are fetched", async () => {
    const records = [
      { ...aTenant({ tenantId: "shop_1" }), body: { name: "Celadon" } },
      aTenant({ tenantId: "shop_2", storeUrl: "https://two.example.com" }),
      { ...anOverview({ tenantId: "shop_2" }), body: { orders: -1 } },
      aTenant({ tenantId: "shop_3", storeUrl: "https://three.example.com" }),
      { ...aProduct({ tenantId: "shop_3", productId: "bowl" }), body: {} },
      aProduct({ tenantId: "shop_3", productId: "vase" }),
      anOverview({ tenantId: "shop_3", topProducts: sold("bowl", "vase") }),
    ];
    for (const dryRun of [false, true]) {
      const { result } = await warm(records, { dryRun });
      expect(result).toMatchObject({ success: false, errorCount: 3, processed: 3, failed: 3 });
      const { errors } = result as { errors: readonly string[] }; // as the result's type says
      expect(errors.map((error) => error.slice(0, error.indexOf(": ")))).toEqual([
        "shop_1",
        "shop_2/overview",
        "shop_3/bowl",
      ]);
    }
  });

  it("is told once, however many of its store's pages there are to be", async () => {
    const records = [settings({ popularPages: 50 }), { ...aTenant(), body: { name: "Celadon" } }];
    expect((await warm(records)).result).toMatchObject({ errorCount: 1, visited: 1 });
  });
});

describe("many pages", () => {
  const names = Array.from({ length: 50 }, (_, index) => `vase_${index}`);
  const bestSellers = [
    aTenant(),
    ...names.map((productId) => aProduct({ productId })),
    anOverview({ topProducts: sold(...names) }),
  ];
  const all = ["/products", ...names.map((name) => `/products/${name}`)].map((path) => SHOP + path);

  it("of one store are all fetched once, in parts that cannot take too long", async () => {
    const { result, urls, run } = await warm([settings({ popularPages: 50 }), ...bestSellers]);
    expect(urls).toEqual(all);
    expect(result).toMatchObject({ visited: 51, warmed: 51, answers: { "200": 51 } });
    expect(run.sweeps["pages"]?.counts.pages).toBe(6); // URLs, 24, 24, 3, no further store, the report
  });

  it("of a host are fetched so many at a time as the settings say", async () => {
    const { most } = await warm([settings({ popularPages: 50, concurrency: 3 }), ...bestSellers]);
    expect(most).toEqual({ "celadon.example.com": 3 });
  });

  it("of many stores are all fetched once, hosts beside each other", async () => {
    const shops = Array.from({ length: 30 }, (_, index) => `shop_${index}`);
    const tenants = shops.map((tenantId) =>
      aTenant({ tenantId, storeUrl: `https://${tenantId.replace("_", "-")}.example.com` }),
    );
    const { result, urls } = await warm([settings({ popularPages: 0 }), ...tenants]);
    expect(new Set(urls).size).toBe(30);
    expect(result).toMatchObject({ visited: 30, warmed: 30, answers: { "200": 30 } });
  });

  it("of stores in numbers that fill a batch to the last place are all fetched", async () => {
    for (const count of [23, 24, 25, 48]) {
      const tenants = Array.from({ length: count }, (_, index) => aTenant({ tenantId: `shop_${index}` }));
      const each = tenants.map((tenant, index) => ({
        ...tenant,
        body: { ...tenant.body, storeUrl: `https://s${index}.example.com` },
      }));
      expect((await warm([settings({ popularPages: 0 }), ...each])).result).toMatchObject({ warmed: count });
    }
  });

  it("go on in a next run where time is short, and the report counts each once", async () => {
    const latencyMs = (call: string) => (call === "pages.fetch" ? 8_000 : 10);
    const { result, run } = await warm([settings({ popularPages: 50, concurrency: 1 }), ...bestSellers], { latencyMs });
    expect(run.endings.filter((ending) => ending === "continue").length).toBeGreaterThan(0);
    expect(result).toMatchObject({ visited: 51, warmed: 51, answers: { "200": 51 } });
  });

  it("of which each answers something else fit into the report", async () => {
    const pages = Object.fromEntries(all.map((url, index) => [url, { status: 500 + index, durationMs: index }]));
    const { result } = await warm([settings({ popularPages: 50 }), ...bestSellers], { pages });
    const { answers, slowest } = result as { answers: Record<string, number>; slowest: readonly { ms: number }[] };
    expect(Object.keys(answers)).toHaveLength(31);
    expect(answers["other"]).toBe(21);
    expect(slowest.map(({ ms }) => ms)).toEqual([50, 49, 48, 47, 46]);
  });
});

describe("a dry run of cache warming", () => {
  it("counts the pages, and fetches none", async () => {
    const { result, urls } = await warm([aTenant(), aProduct(), anOverview()], { dryRun: true });
    expect(result).toMatchObject({ dryRun: true, processed: 2, warmed: 2, visited: 2, answers: {}, slowest: [] });
    expect(urls).toEqual([]);
  });
});

describe("two runs of cache warming at once", () => {
  it("are one: the other says which job is at it", async () => {
    const lock = {
      kind: "sweep_lock",
      id: "cache_warming",
      body: { jobId: "other", heldUntil: Date.parse("2026-03-01T04:30:00Z") },
    };
    const { result, urls } = await warm([aTenant(), lock], { now: "2026-03-01T04:00:00Z" });
    expect(result).toMatchObject({ success: true, skipped: { runningJobId: "other" } });
    expect(urls).toEqual([]);
  });
});

describe("cache warming that crashes", () => {
  it("ends as undisturbed, wherever it comes", async () => {
    const { payload: example, options } = exampleOf(handler);
    await expect(checkJob(handler, example, options)).resolves.toMatchObject({ resends: [] });
  }, 120_000);

  it("at any call comes to the same result", async () => {
    const records = [settings({ urls: ["https://www.example.com/"] }), aTenant(), aProduct(), anOverview()];
    const calm = await runJob(handler, payload, { records });
    const places = calm.calls.map((call, index) => ({
      call,
      nth: calm.calls.slice(0, index + 1).filter((each) => each === call).length,
    }));
    for (const place of places) {
      const run = await runJob(handler, payload, { records, faults: [{ ...place, kind: "crash after" }] });
      expect({ place, result: run.result }).toEqual({ place, result: calm.result });
    }
  }, 60_000);
});
