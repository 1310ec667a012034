import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { openStores } from "../../local/runtime-stores.ts";
import { startRuntime, type Runtime } from "../../local/runtime.ts";
import { DynamoScheduleLedger } from "../../shared/aws/dynamo-schedule-ledger.ts";
import { waitForFact } from "../support/facts.ts";
import { scheduledCatalog } from "./support/scheduled/catalog.ts";

/** As an installation says it: Scheduler, the worker and the ticker must all go by it. */
const SETTINGS = { "every-minute": { cron: "* * * * *", timeZone: "Asia/Kathmandu", enabled: true } };

let runtime: Runtime;

beforeAll(async () => {
  const functionsDir = fileURLToPath(new URL("support/scheduled/functions", import.meta.url));
  runtime = await startRuntime({
    synthesis: { catalog: scheduledCatalog, functionsDir, rules: "none", config: { schedules: SETTINGS } },
    timeScale: 1 / 30, // of the ticker; a cron follows the clock on the wall
    quiet: true,
    print: () => {},
  });
}, 60_000);
afterAll(() => runtime.stop(), 20_000);

describe("a schedule that the installation's settings have changed", () => {
  it("runs its job at the next whole minute, once, and the ledger says so", async () => {
    const { jobs, documents } = openStores(runtime.info);
    const list = { by: "ended", type: "every_minute", status: "completed" } as const;
    const first = await waitForFact(
      "the first scheduled run",
      async () => (await jobs.list(list, { limit: 10 }, Date.now())).entries[0],
      90_000,
    );
    const job = await jobs.get(first.id);
    expect(first.id).toMatch(/^every_minute-every-minute-\d{8}T\d{4}00Z$/);
    expect(job).toMatchObject({ status: "completed", payload: { greeting: "hello" }, result: { json: '"hello"' } });
    const { at = 0 } = job?.schedule ?? {};
    expect(at % 60_000).toBe(0);
    const ledger = new DynamoScheduleLedger(documents, runtime.info.tables["records"] ?? "");
    await expect(ledger.list("every-minute", { from: at, until: at, limit: 10 })).resolves.toMatchObject([
      { at, decision: "run", source: "tick", jobId: first.id },
    ]);
  }, 100_000);
});
