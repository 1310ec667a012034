import { execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import * as z from "zod";

import { exampleOrder, paidEvent, postStripeEvent, storeOrder } from "../../local/example-payment.ts";
import { startRuntime, type Runtime } from "../../local/runtime.ts";
import { openStores } from "../../local/runtime-stores.ts";
import { seed } from "../../local/seed.ts";
import { jobIdFor } from "../../shared/engine/new-job.ts";
import { readSeller } from "../../shared/records/seller.ts";
import { waitForFact } from "../support/facts.ts";
import { aRow } from "../support/job-rows.ts";
import { standardAssembly } from "../support/standard-assembly.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const packageJson = z.object({ scripts: z.record(z.string(), z.string()) });
const packageFile: unknown = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
/** 2026-01-02T03:04:05Z */
const AT = 1_767_323_045_000;
const failure = { type: "invoice_email", status: "failed", errorCode: "OUT_OF_INK", fingerprint: "f00d" } as const;
/** Jobs that nobody runs, beside the one that the stack has done. */
const otherRows = [
  aRow({ id: "invoice_email-failed-1", at: AT, ...failure }),
  aRow({ id: "invoice_email-failed-2", at: AT + 1_000, ...failure }),
  aRow({ id: "invoice_email-review", type: "invoice_email", status: "needs_review", at: AT, tenant: "acme" }),
];
let runtime: Runtime;
let jobId: string;

beforeAll(async () => {
  runtime = await startRuntime({ assemblyDir: await standardAssembly(), quiet: true, print: () => {}, seed });
  const order = exampleOrder();
  jobId = jobIdFor("invoice_email", order.orderId);
  await storeOrder(runtime.info, order);
  await postStripeEvent(runtime.info, paidEvent(order).body);
  const { jobs } = openStores(runtime.info);
  for (const row of otherRows) await jobs.create(row);
  await waitForFact("the job's end", async () => ((await jobs.get(jobId))?.status === "completed" ? true : undefined));
}, 60_000);
afterAll(() => runtime.stop(), 20_000);

/** Runs a command as a person would, against the embedded stack. */
function run(script: string, ...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  return runWith({}, script, ...args);
}

function runWith(
  changes: NodeJS.ProcessEnv,
  script: string,
  ...args: string[]
): Promise<{ status: number; stdout: string; stderr: string }> {
  // As npm does, but for half a second of its own each time.
  const [command = "", ...first] = z.parse(packageJson, packageFile).scripts[script]?.split(" ") ?? [];
  const PATH = `${path.join(root, "node_modules/.bin")}${path.delimiter}${process.env["PATH"]}`;
  const env = environmentWith({ PATH, ...changes });
  return new Promise((resolve) => {
    execFile(command, [...first, ...args], { cwd: root, env }, (error, stdout, stderr) => {
      resolve({ status: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    });
  });
}

/** Begins a command in a process group of its own, as a shell does. */
function start(changes: NodeJS.ProcessEnv, script: string, ...args: string[]) {
  const options = { cwd: root, env: environmentWith(changes), detached: true };
  return spawn("npm", ["run", "--silent", script, "--", ...args], options);
}

function environmentWith(changes: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...process.env, ...runtime.info.environment, ...changes };
}

describe("npm run job", () => {
  it("shows a job in words: why, timeline, effects and steps, not its payload", async () => {
    const { status, stdout, stderr } = await run("job", "show", jobId);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(new RegExp(`^${jobId}  completed\\nCompleted in 1 attempt at 20\\d\\d-`));
    expect(stdout).not.toContain("steps done"); // it has none
    expect(stdout).toMatch(/attempt 1 \(claim 1\): completed after/);
    expect(stdout).toMatch(/mail: done, Your invoice \S+ from Studio Example to zoe@example\.com\n/);
    expect(stdout).toMatch(/receipt \S+ \(the send's own answer\)/);
    expect(stdout).not.toContain("invoiceDetails");
    expect(widest(stdout)).toBeLessThanOrEqual(120);
  });

  it("shows a job as JSON, with its payload only when that is asked for", async () => {
    const { stdout } = await run("job", "show", jobId, "--json");
    expect(JSON.parse(stdout)).toMatchObject({ id: jobId, status: "completed", steps: [], effects: { mail: {} } });
    expect(JSON.parse(stdout)).not.toHaveProperty("payload");
    for (const name of ["result", "enqueueToken", "claimToken"]) {
      expect(JSON.parse(stdout)).not.toHaveProperty(name);
    }
    const withPayload = await run("job", "show", jobId, "--json", "--payload");
    expect(JSON.parse(withPayload.stdout)).not.toHaveProperty("enqueueToken");
    expect(JSON.parse(withPayload.stdout)).toMatchObject({ payload: { userInfo: { email: "zoe@example.com" } } });
  });

  it("says in one sentence why a job is where it is", async () => {
    const { stdout } = await run("job", "why", "invoice_email-failed-1");
    expect(stdout).toBe(
      "Failed after 1 attempt with OUT_OF_INK (It says OUT_OF_INK); its dead letter was sent to the DLQ.\n",
    );
  });

  it("lists jobs by what is asked, page by page", async () => {
    const review = await run("job", "list", "--status", "needs_review");
    expect(review).toEqual({
      status: 0,
      stderr: "",
      stdout: expect.stringMatching(/^AT .*\n.* invoice_email-review\n$/),
    });
    const bySubject = await run("job", "list", "--subject", "Zoe@Example.com");
    expect(bySubject.stdout).toContain(jobId);
    const byTenant = await run("job", "list", "--tenant", "acme", "--json");
    expect(JSON.parse(byTenant.stdout)).toMatchObject({ jobs: [{ id: "invoice_email-review" }] });
    const failed = ["list", "--type", "invoice_email", "--status", "failed", "--day", "2026-01-02", "--limit", "1"];
    const first = await run("job", ...failed);
    expect(first.stdout).toContain("invoice_email-failed-2");
    const token = /--after (\S+)/.exec(first.stdout)?.[1] ?? "";
    const second = await run("job", ...failed, "--after", token);
    expect(second.stdout).toContain("invoice_email-failed-1");
    expect(second.stdout).not.toContain("invoice_email-failed-2");
  }, 60_000);

  it("counts jobs and groups errors", async () => {
    const counts = await run("job", "count", "--type", "invoice_email");
    const [titles = "", numbers = ""] = counts.stdout.split("\n").map((line) => line.split(/ +/).join(" "));
    expect(titles).toBe("TYPE PENDING PROCESSING RETRYING COMPLETED FAILED WAITING CANCELLED NEEDS_REVIEW");
    expect(numbers).toBe("invoice_email 0 0 0 1 2 0 0 1");
    const errors = await run("job", "errors", "--type", "invoice_email");
    expect(errors.stdout).toContain(
      "2  OUT_OF_INK  2026-01-02T03:04:05Z  2026-01-02T03:04:06Z  invoice_email-failed-2\n",
    );
    expect(errors.stdout).toContain("\n    It says OUT_OF_INK.\n");
  }, 30_000);

  it("reports on the schedules of the catalog", async () => {
    await expect(run("job", "schedules")).resolves.toMatchObject({ status: 0, stderr: "" });
    const unknown = await run("job", "schedules", "--name", "no-such-schedule");
    expect(unknown).toEqual({
      status: 1,
      stdout: "",
      stderr: expect.stringContaining("There is no schedule no-such-schedule"),
    });
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
    expect(both).toMatchObject({ status: 1, stderr: expect.stringContaining("'--again'") });
    const neither = await run("job", "resolve", jobId, "mail", "--by", "ada");
    expect(neither).toMatchObject({ status: 1, stderr: expect.stringContaining("either --sent <receipt> or --again") });
    const unknown = await run("job", "show", "nobody");
    expect(unknown).toEqual({ status: 1, stdout: "", stderr: "There is no job nobody.\n" });
  }, 60_000);

  it.each([
    [["list", "--typ", "x"], "unknown option '--typ'"],
    [["list", "--type", "nope"], "There are stripe_event,"],
    [["list", "--from", "yesterday"], "must be a time in UTC"],
    [["list", "--tenant", "default"], 'the tenant "default" has no list of its own'],
    [["list", "--after", "nonsense"], "The page token is not one of this list"],
    [["nope"], "unknown command 'nope'"],
  ])("refuses %j with exit status 1", async (args, words) => {
    const { status, stdout, stderr } = await run("job", ...args);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain(words);
  });

  it.each([
    ["why", ""],
    ["show", "x".repeat(201)],
    ["cancel", "a/b"],
  ])("refuses an id that is none: %s %j", async (command, id) => {
    const { status, stderr } = await run("job", command, id);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining("An id has 1 to 200 of") });
  });

  it("says which tables it does not find, or finds to be others", async () => {
    const { tables } = runtime.info;
    const absent = await runWith({ JOBS_TABLE: "nope" }, "job", "why", jobId);
    expect(absent.stderr).toBe(
      `There is no table nope (JOBS_TABLE) or ${tables["records"]} (RECORDS_TABLE) in the region.\n`,
    );
    const other = await runWith({ JOBS_TABLE: tables["records"] }, "job", "why", jobId);
    expect(other.stderr).toMatch(/^DynamoDB refuses the request \(.*\)\. Are .* your stack's tables\?\n$/);
  }, 30_000);

  it("stops in order at a Ctrl-C", async () => {
    const begun = start({}, "job", "replay", "--type", "invoice_email", "--yes", "--per-second", "0.01");
    const told = { stdout: "", stderr: "" };
    begun.stdout.on("data", (text) => (told.stdout += String(text)));
    begun.stderr.on("data", (text) => (told.stderr += String(text)));
    const end = new Promise((resolve) => begun.once("close", resolve)); // of npm and all that it has begun
    await waitForFact("the first chunk", async () => (told.stderr.includes("1 restarted") ? true : undefined));
    if (begun.pid === undefined) throw new Error("It was not begun.");
    process.kill(-begun.pid, "SIGINT"); // the whole group, as a terminal does
    await end;
    expect(told.stderr).toContain("Stopping…");
    expect(told.stdout).toContain("has stopped: it was interrupted.");
  }, 30_000);

  it("describes its commands", async () => {
    const { status, stdout } = await run("job", "--help");
    expect(status).toBe(0);
    for (const command of [
      "show",
      "why",
      "list",
      "count",
      "errors",
      "schedules",
      "cancel",
      "resolve",
      "retry",
      "replay",
    ]) {
      expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, "m"));
    }
  });
});

const widest = (text: string): number => Math.max(...text.split("\n").map(({ length }) => length));

describe("npm run job -- enqueue, dismiss", () => {
  it("takes a type's alias, and stores the files that an example needs", async () => {
    const mail = await run("job", "enqueue", "email_notification", "--example", "--key", "by-alias");
    expect(mail).toMatchObject({ status: 0, stdout: "email-by-alias is enqueued.\n" });
    const broadcast = await run("job", "enqueue", "email_broadcast", "--example", "--key", "example");
    expect(broadcast).toMatchObject({ status: 0, stdout: "email_broadcast-example is enqueued.\n" });
    const audience = await openStores(runtime.info).files.get("broadcasts", "audiences/example.csv");
    expect(Buffer.from(audience).toString()).toContain("ada@example.com");
    const nobody = await run("job", "enqueue", "e_mail", "--example");
    expect(nobody.stderr).toContain("There are stripe_event,");
  }, 30_000);

  it("enqueues a type's example with the records that it needs, on an embedded stack only", async () => {
    const first = await run("job", "enqueue", "invoice_email", "--example", "--key", "example");
    expect(first).toMatchObject({ status: 0, stdout: "invoice_email-example is enqueued.\n" });
    const { jobs } = openStores(runtime.info);
    await waitForFact("its end", async () =>
      (await jobs.get("invoice_email-example"))?.status === "completed" ? true : undefined,
    );
    for (const AWS_ENDPOINT_URL of [undefined, ""]) {
      const elsewhere = await runWith({ AWS_ENDPOINT_URL }, "job", "enqueue", "invoice_email", "--example");
      expect(elsewhere.stderr).toContain("does not name an embedded stack");
    }
    const neither = await run("job", "enqueue", "invoice_email");
    expect(neither.stderr).toContain("Say --file or --example.");
  }, 30_000);

  it("stores a sweep's example where the sweep finds it, and shows what came of it", async () => {
    const enqueued = await run("job", "enqueue", "subscription_expiry_check", "--example", "--key", "example");
    expect(enqueued).toMatchObject({ status: 0, stdout: "subscription_expiry_check-example is enqueued.\n" });
    const { jobs } = openStores(runtime.info);
    await waitForFact("its end", async () =>
      (await jobs.get("subscription_expiry_check-example"))?.status === "completed" ? true : undefined,
    );
    const { stdout } = await run("job", "show", "subscription_expiry_check-example", "--payload");
    expect(stdout).toMatch(/\n\nResult\n\{\n {2}"success": true,/);
    expect(stdout).toContain('"expiredCount": 1');
  }, 30_000);

  it("enqueues a job whose payload its type accepts, once for a key, and gives up one that failed", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "backline-cli-"));
    const file = path.join(folder, "payload.json");
    const payload = { eventId: "evt_by_hand", eventType: "payment_intent.succeeded", createdSeconds: 1 };
    await writeFile(file, JSON.stringify({ ...payload, paymentIntentId: "pi_1", amountReceived: 1, currency: "EUR" }));
    const first = await run("job", "enqueue", "stripe_event", "--file", file, "--key", "by-hand");
    expect(first).toMatchObject({ status: 0, stdout: "stripe_event-by-hand is enqueued.\n" });
    const again = await run("job", "enqueue", "stripe_event", "--file", file, "--key", "by-hand");
    expect(again.stdout).toContain("was enqueued before");
    const { jobs } = openStores(runtime.info);
    await waitForFact("its failure", async () =>
      (await jobs.get("stripe_event-by-hand"))?.status === "failed" ? true : undefined,
    );
    const dismissed = await run("job", "dismiss", "stripe_event-by-hand");
    expect(dismissed.stdout).toContain("is given up");
    await expect(jobs.get("stripe_event-by-hand")).resolves.toMatchObject({ status: "cancelled" });
    await writeFile(file, "{}");
    const wrong = await run("job", "enqueue", "stripe_event", "--file", file);
    expect(wrong).toMatchObject({ status: 1, stderr: expect.stringContaining("eventId") });
    const missing = await run("job", "enqueue", "stripe_event", "--file", path.join(folder, "none.json"));
    expect(missing).toMatchObject({ status: 1, stderr: expect.stringContaining("cannot be read (ENOENT)") });
    await rm(folder, { recursive: true });
  }, 60_000);
});

describe("npm run seller", () => {
  it("stores the settings of a file", async () => {
    const { records } = openStores(runtime.info);
    const { stdout } = await run("seller", "--table", runtime.info.tables["records"] ?? "", "examples/seller.json");
    expect(stdout).toContain("The settings of Studio Example are stored");
    await expect(readSeller(records)).resolves.toMatchObject({ name: "Studio Example" });
  });

  it("says what is wrong with them, or that there is no such table", async () => {
    const wrong = await run("seller", "--table", runtime.info.tables["records"] ?? "", "package.json");
    expect(wrong.stderr).toMatch(/^The settings are not right; nothing is stored\.\n/);
    const absent = await run("seller", "--table", "nope", "examples/seller.json");
    expect(absent).toEqual({ status: 1, stdout: "", stderr: "There is no table nope in the region.\n" });
  }, 30_000);
});
