import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { exampleOrder, paidEvent, postStripeEvent, storeOrder } from "../../local/example-payment.ts";
import { startRuntime, type Runtime } from "../../local/runtime.ts";
import { openStores } from "../../local/runtime-stores.ts";
import { seed } from "../../local/seed.ts";
import { jobIdFor } from "../../shared/engine/enqueue.ts";
import { readSeller } from "../../shared/records/seller.ts";
import { waitForFact } from "../support/facts.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
let runtime: Runtime;
let jobId: string;

beforeAll(async () => {
  runtime = await startRuntime({ quiet: true, print: () => {}, seed });
  const order = exampleOrder();
  jobId = jobIdFor("invoice_email", order.orderId);
  await storeOrder(runtime.info, order);
  await postStripeEvent(runtime.info, paidEvent(order).body);
  const { jobs } = openStores(runtime.info);
  await waitForFact("the job's end", async () => ((await jobs.get(jobId))?.status === "completed" ? true : undefined));
}, 60_000);
afterAll(() => runtime.stop(), 20_000);

/** Runs a command as a person would, against the embedded stack. */
function run(script: string, ...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const { endpoints, region, credentials, tables } = runtime.info;
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: endpoints.dynamodb,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    JOBS_TABLE: tables["jobs"],
    QUEUE_URL_PREFIX: "https://sqs.us-east-1.amazonaws.com/000000000000/backline-",
  };
  return new Promise((resolve) => {
    execFile("npm", ["run", "--silent", script, "--", ...args], { cwd: root, env }, (error, stdout, stderr) => {
      resolve({ status: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    });
  });
}

describe("npm run job", () => {
  it("shows a job without its payload", async () => {
    const { status, stdout } = await run("job", "show", jobId);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ id: jobId, status: "completed", steps: ["pdf"], effects: { mail: {} } });
    expect(stdout).not.toContain("zoe@example.com");
  });

  it("says in words why a command does not apply", async () => {
    const cancelled = await run("job", "cancel", jobId);
    expect(cancelled).toMatchObject({
      status: 1,
      stdout: "",
      stderr: expect.stringContaining(`Job ${jobId} is completed`),
    });
    const resolved = await run("job", "resolve", jobId, "mail", "--by", "ada", "--again");
    expect(resolved).toMatchObject({ status: 1, stderr: expect.stringContaining("resolve does not apply") });
    const both = await run("job", "resolve", jobId, "mail", "--by", "ada", "--again", "--sent", "x");
    expect(both).toMatchObject({ status: 1, stderr: expect.stringContaining("Usage:") });
  }, 30_000);
});

describe("npm run seller", () => {
  it("stores the settings of a file", async () => {
    const { records } = openStores(runtime.info);
    const { stdout } = await run("seller", "--table", runtime.info.tables["records"] ?? "", "examples/seller.json");
    expect(stdout).toContain("The settings of Studio Example are stored");
    await expect(readSeller(records)).resolves.toMatchObject({ name: "Studio Example" });
  });
});
