import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import * as z from "zod";

import { startRuntime, type Runtime } from "../../local/runtime.ts";
import { seed } from "../../local/seed.ts";
import { standardAssembly } from "../support/standard-assembly.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const execute = promisify(execFile);
/** A machine's own Node may be older than the one that comes with the project. */
const NODES = [path.join(root, "node_modules/.bin/node"), "/usr/bin/node"].filter((node) => existsSync(node));

let runtime: Runtime;
/** A program's folder, with the built package in its node_modules. */
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "backline-client-"));
  [runtime] = await Promise.all([
    startRuntime({ assemblyDir: await standardAssembly(), quiet: true, print: () => {}, seed }),
    install(),
  ]);
}, 60_000);
afterAll(async () => {
  await runtime.stop();
  await rm(folder, { recursive: true });
}, 20_000);

/** Builds the package, and puts what it depends on beside it, as npm would. */
async function install(): Promise<void> {
  const outdir = path.join(folder, "node_modules/@backline/client");
  await execute(process.execPath, ["--import", "tsx", "client/build.ts", "--outdir", outdir], { cwd: root });
  const { dependencies } = z
    .object({ dependencies: z.record(z.string(), z.string()) })
    .parse(JSON.parse(await readFile(path.join(outdir, "package.json"), "utf8")));
  for (const name of [...Object.keys(dependencies), "@types/node"]) {
    const link = path.join(folder, "node_modules", name);
    await mkdir(path.dirname(link), { recursive: true });
    await symlink(path.join(root, "node_modules", name), link);
  }
  await writeFile(path.join(folder, "package.json"), JSON.stringify({ type: "module" }));
}

const PROGRAM = `
import { createClient, toEnqueue, WaitTimeoutError } from "@backline/client";
import { invoiceEmail } from "@backline/client/catalog/billing";

const backline = createClient();
const key = process.argv[2];
const payload = { ...invoiceEmail.example.payload, invoiceNumber: "INV-2026-" + key };
const { id, isNew } = await backline.enqueue(invoiceEmail, payload, { idempotencyKey: key });
const job = await backline.wait(id, { timeoutMs: 30_000 });
const { jobs } = await backline.list({ type: "invoice_email", status: "completed" });

// Kept from running, so that there is something to wait for in vain; and too large for its row.
const invoiceDetails = { ...payload.invoiceDetails, lines: Array(300).fill({ ...payload.invoiceDetails.lines[0], description: "x".repeat(150) }) };
const [late] = await backline.enqueueMany([toEnqueue(invoiceEmail, { ...payload, invoiceDetails }, { delayMs: 600_000 })]);
const error = await backline.wait(late.id, { timeoutMs: 0 }).catch((thrown) => thrown);
const large = await backline.get(late.id, { payload: true });
console.log(JSON.stringify({
  isNew,
  job,
  isListed: jobs.some((each) => each.id === id),
  why: await backline.why(id),
  hasTimedOut: error instanceof WaitTimeoutError && error.job.status === "pending",
  largeLines: large.payload.invoiceDetails.lines.length,
  cancelled: await backline.cancel(late.id),
}));
backline.close();
`;

const CONSUMER = `
import { createClient, isSettled, toEnqueue, type JobView, type SettledJobView } from "@backline/client";
import { invoiceEmail } from "@backline/client/catalog/billing";

using backline = createClient({ jobsTable: "jobs", timeoutMs: 2_000 });
const view: JobView | undefined = await backline.get("id");
if (view?.status === "completed") console.log(view.result, view.endedAt);
const settled: SettledJobView | undefined = view && isSettled(view) ? view : undefined;
if (settled?.status === "failed") console.log(settled.error.code);
// @ts-expect-error -- a completed job has no lease
if (view?.status === "completed") console.log(view.leaseUntil);
// @ts-expect-error -- the payload is the definition's
toEnqueue(invoiceEmail, { paymentReference: 3 });
// @ts-expect-error -- there is no such option
await backline.enqueue(invoiceEmail, invoiceEmail.example!.payload, { idempotentKey: "x" });
await backline.enqueue(invoiceEmail, invoiceEmail.example!.payload, { idempotencyKey: "x" });
`;

const environment = (): NodeJS.ProcessEnv => ({
  ...runtime.info.environment,
  BUCKET_JOBDATA: runtime.info.buckets["jobdata"],
});

describe("the package @backline/client", () => {
  it.each(NODES.map((node, index) => [node, `00000${index + 1}`]))(
    "hands a job over from a program that runs with %s, waits for it, and gets what it returned",
    async (node, key) => {
      const program = path.join(folder, "program.mjs");
      await writeFile(program, PROGRAM);
      const { stdout } = await execute(node, [program, key], { cwd: folder, env: environment() });
      expect(JSON.parse(stdout)).toMatchObject({
        isNew: true,
        job: {
          id: `invoice_email-${key}`,
          status: "completed",
          attempts: 1,
          result: { pdf: expect.stringContaining(`INV-2026-${key}`), messageId: expect.any(String) },
        },
        isListed: true,
        why: expect.stringMatching(/^Completed in 1 attempt at 20\d\d-/),
        hasTimedOut: true,
        largeLines: 300,
        cancelled: "cancelled",
      });
      const subjects = runtime.mails().map(({ raw }) => /INV-2026-\d+/.exec(String(raw))?.[0]);
      expect(subjects.filter((number) => number === `INV-2026-${key}`)).toHaveLength(1);
    },
    40_000,
  );

  it("brings types that a strict program compiles with", async () => {
    await writeFile(path.join(folder, "consumer.ts"), CONSUMER);
    const settings = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--types", "node"];
    const tsc = path.join(root, "node_modules/.bin/tsc");
    const { stdout } = await execute(tsc, [...settings, "--ignoreConfig", "--skipLibCheck", "consumer.ts"], {
      cwd: folder,
    }).catch((error: { readonly stdout: string }) => error);
    expect(stdout).toBe("");
  }, 20_000);
});
