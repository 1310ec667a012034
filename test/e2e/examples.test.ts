import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import * as z from "zod";

import {
  createClient,
  InvalidPayloadError,
  StackAccessError,
  type BacklineClient,
  type JobView,
} from "../../client/index.ts";
import { createShop } from "../../examples/express-shop/shop.ts";
import { GET as getJob } from "../../examples/next-shop/app/api/jobs/[id]/route.ts";
import { GET as waitForJob } from "../../examples/next-shop/app/api/jobs/[id]/wait/route.ts";
import { POST as postOrder } from "../../examples/next-shop/app/api/orders/route.ts";
import type * as NextBackline from "../../examples/next-shop/lib/backline.ts";
import { errorAnswer, jobAnswer } from "../../examples/shop/answer.ts";
import { startRuntime, type Runtime } from "../../local/runtime.ts";
import { seed } from "../../local/seed.ts";
import { invoiceEmail, stripeEvent } from "../../shared/catalog/billing.ts";
import { waitForFact } from "../support/facts.ts";
import { standardAssembly } from "../support/standard-assembly.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const environmentBefore = { ...process.env };

let runtime: Runtime;
let backline: BacklineClient;
let server: ExpressServer;

beforeAll(async () => {
  runtime = await startRuntime({ assemblyDir: await standardAssembly(), quiet: true, print: () => {}, seed });
  Object.assign(process.env, runtime.info.environment);
  backline = createClient();
  server = await startExpressServer();
}, 60_000);
afterAll(async () => {
  server.child.kill("SIGKILL");
  backline.close();
  process.env = environmentBefore;
  await runtime.stop();
}, 20_000);

interface ExpressServer {
  readonly child: ChildProcess;
  readonly origin: string;
  readonly ended: Promise<number | null>;
}

/** As its README starts it, on a free port. */
async function startExpressServer(): Promise<ExpressServer> {
  const child = spawn(process.execPath, ["--import", "tsx", "examples/express-shop/server.ts"], {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: "", PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  const origin = await waitForFact("the shop's address", () => /http:\/\/\S+/.exec(printed)?.[0]);
  return { child, origin, ended };
}

/** A shop in this process, whose client the test has in hand. */
async function withShop(client: BacklineClient, run: (origin: string) => Promise<void>): Promise<void> {
  const listening = createShop(client, new AbortController().signal).listen(0, "127.0.0.1");
  try {
    await new Promise((resolve) => listening.once("listening", resolve));
    await run(`http://127.0.0.1:${(listening.address() as AddressInfo).port}`); // a port was asked for, not a pipe
  } finally {
    listening.close();
    listening.closeAllConnections();
  }
}

/** What the READMEs order; of its fields, the tests change only these. */
const order = z
  .looseObject({ customer: z.looseObject({}) })
  .parse(JSON.parse(readFileSync(new URL("../../examples/shop/order.json", import.meta.url), "utf8")));

const JSON_TYPE = { "content-type": "application/json" };
const orderOf = (orderId: string, changes: object = {}): string => JSON.stringify({ ...order, orderId, ...changes });

/** The two examples, as a browser sees them. */
interface Shop {
  readonly jobsUrl: string;
  readonly post: (body: string, headers?: Record<string, string>) => Promise<Response>;
  readonly get: (url: string, signal?: AbortSignal) => Promise<Response>;
}

const expressShop = (origin = () => server.origin): Shop => ({
  jobsUrl: "/jobs",
  post: (body, headers = JSON_TYPE) => fetch(`${origin()}/orders`, { method: "POST", headers, body }),
  get: (url, signal) => fetch(`${origin()}${url}`, signal && { signal }),
});

/** The handlers, called as Next calls them: with the decoded part of the address in `params`. */
const nextShop: Shop = {
  jobsUrl: "/api/jobs",
  post: (body, headers = JSON_TYPE) =>
    postOrder(new Request("http://shop.example/api/orders", { method: "POST", headers, body })),
  get: (url, signal) => {
    const [, id = "", wait] = /^\/api\/jobs\/([^/]*)(\/wait)?$/.exec(url) ?? [];
    const handler = wait === undefined ? getJob : waitForJob;
    const request = new Request(`http://shop.example${url}`, signal && { signal });
    return handler(request, { params: Promise.resolve({ id: decodeURIComponent(id) }) });
  },
};

const acceptedSchema = z.strictObject({ jobId: z.string(), statusUrl: z.string(), waitUrl: z.string() });

async function place(shop: Shop, body: string): Promise<z.infer<typeof acceptedSchema>> {
  const response = await shop.post(body);
  expect(response.status).toBe(202);
  const accepted = acceptedSchema.parse(await response.json());
  expect(response.headers.get("location")).toBe(accepted.statusUrl);
  return accepted;
}

/** Runs with AWS out of reach, and returns what was logged. */
async function outOfReach(run: () => Promise<void>): Promise<unknown[]> {
  const endpoint = process.env["AWS_ENDPOINT_URL"];
  const log = jest.spyOn(console, "error").mockImplementation(() => {});
  process.env["AWS_ENDPOINT_URL"] = "http://127.0.0.1:1"; // nothing listens there
  try {
    await run();
    return log.mock.calls.flat();
  } finally {
    log.mockRestore();
    process.env["AWS_ENDPOINT_URL"] = endpoint;
  }
}

const OUT_OF_REACH = {
  code: "OUT_OF_REACH",
  message: "Out of reach just now. Send the same request again in a moment: an order is taken only once.",
};

describe.each([
  ["express-shop", expressShop()],
  ["next-shop", nextShop],
])("examples/%s", (name, shop) => {
  it("takes an order, shows its job until the invoice is mailed, and takes the same order only once", async () => {
    const accepted = await place(shop, orderOf(`ord-${name}`));
    const jobId = `invoice_email-ord-${name}`;
    const statusUrl = `${shop.jobsUrl}/${jobId}`;
    expect(accepted).toEqual({ jobId, statusUrl, waitUrl: `${statusUrl}/wait` });

    const waited = await shop.get(accepted.waitUrl);
    expect(waited.status).toBe(200);
    expect(waited.headers.get("cache-control")).toBe("no-store");
    const job = await waited.json();
    expect(job).toEqual({
      id: jobId,
      status: "completed",
      isSettled: true,
      createdAt: expect.stringMatching(/^20\d\d-.*Z$/),
      endedAt: expect.stringMatching(/^20\d\d-.*Z$/),
      result: { pdf: expect.stringContaining(`INV-ord-${name}`), messageId: expect.any(String) },
    });
    expect(await (await shop.get(accepted.statusUrl)).json()).toEqual(job);

    expect(await place(shop, orderOf(`ord-${name}`))).toEqual(accepted);
    expect(await (await shop.get(accepted.waitUrl)).json()).toEqual(job);
    const mails = runtime.mails().filter(({ raw }) => String(raw).includes(`INV-ord-${name}`));
    expect(mails).toHaveLength(1);
  });

  it("refuses another order under the same id, and says which job has it", async () => {
    const { jobId, statusUrl, waitUrl } = await place(shop, orderOf(`taken-${name}`));
    const response = await shop.post(orderOf(`taken-${name}`, { quantity: 3 }));
    expect(response.status).toBe(409);
    expect(await response.json()).toEqual({
      error: {
        code: "ORDER_CONFLICT",
        message: "There is an order of this id with other contents. It stays as it is; a new order needs a new id.",
        jobId,
        statusUrl,
        waitUrl,
      },
    });
  });

  it("lists every problem of an order that is not right", async () => {
    const customer = { ...order.customer, name: "Ada\nBcc: eve@example.com" };
    const response = await shop.post(orderOf("../1", { quantity: 0, productId: "vase", customer, unitPrice: 1 }));
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      error: {
        code: "INVALID_ORDER",
        message: "The order is not right; nothing is done.",
        problems: [
          "orderId: may hold A-Z, a-z, 0-9, _ and -, 64 at most",
          'productId: Invalid option: expected one of "vase-celadon"|"glaze-course"',
          "quantity: Too small: expected number to be >=1",
          "customer.name: must be one line of text",
          'body: Unrecognized key: "unitPrice"',
        ],
      },
    });
  });

  it.each([
    [400, "is not JSON", "{", JSON_TYPE, "The request cannot be read. Is it JSON in UTF-8?"],
    [413, "is too large", JSON.stringify("x".repeat(30_000)), JSON_TYPE, "The body is too large; the limit is 20 KB."],
    [
      415,
      "comes from a form",
      orderOf("form"),
      { "content-type": "text/plain" },
      "Send the order as JSON, with the header Content-Type: application/json.",
    ],
  ])("answers %i to a body that %s", async (status, _what, body, headers, message) => {
    const response = await shop.post(body, headers);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error: { code: "INVALID_REQUEST", message } });
  });

  it.each([
    ["unknown", "invoice_email-nothing"],
    ["a path", "..%2F..%2Fetc%2Fpasswd"],
    ["a control character", "%00"],
    ["a property's name", "__proto__"],
    ["a query", "%27%20OR%201%3D1"],
    ["3,000 characters long", "x".repeat(3000)],
  ])("answers 404 for a job whose id is %s", async (_what, id) => {
    for (const url of [`${shop.jobsUrl}/${id}`, `${shop.jobsUrl}/${id}/wait`]) {
      const response = await shop.get(url);
      expect(response.status).toBe(404);
      expect(await response.json()).toEqual({ error: { code: "UNKNOWN_JOB", message: "There is no such job." } });
    }
  });

  it("does not show jobs of other types", async () => {
    const { id } = await backline.enqueue(stripeEvent, stripeEvent.example!.payload, {
      idempotencyKey: name,
      delayMs: 600_000,
    });
    expect((await shop.get(`${shop.jobsUrl}/${id}`)).status).toBe(404);
    expect((await shop.get(`${shop.jobsUrl}/${id}/wait`)).status).toBe(404);
  });
});

/** A job that does not settle while the tests last. */
async function lateJob(key: string): Promise<string> {
  const payload = invoiceEmail.example!.payload;
  return (await backline.enqueue(invoiceEmail, payload, { idempotencyKey: key, delayMs: 600_000 })).id;
}

describe("examples/express-shop", () => {
  it("answers 404 in JSON where there is nothing", async () => {
    const response = await expressShop().get("/invoices");
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      error: { code: "INVALID_REQUEST", message: "There is nothing at this address." },
    });
  });

  it("answers 400 to an address that cannot be decoded", async () => {
    expect((await expressShop().get("/jobs/%E0%A4%A")).status).toBe(400);
  });

  it("waits no more for a browser that went away", async () => {
    const id = await lateJob("left-alone");
    const client = { ...backline };
    const wait = jest.spyOn(client, "wait");
    await withShop(client, async (origin) => {
      const browser = new AbortController();
      const answer = expressShop(() => origin).get(`/jobs/${id}/wait`, browser.signal);
      const signal = await waitForFact("the wait", () => wait.mock.calls[0]?.[1]?.signal);
      expect(signal.aborted).toBe(false);
      browser.abort();
      await expect(answer).rejects.toThrow("aborted");
      await waitForFact("its end", () => signal.aborted || undefined);
    });
  });

  it("answers 503, with a time to come back after, while AWS is out of reach", async () => {
    const logged = await outOfReach(() => {
      const client = createClient();
      return withShop(client, async (origin) => {
        const response = await expressShop(() => origin).post(orderOf("unreached"));
        expect(response.status).toBe(503);
        expect(response.headers.get("retry-after")).toBe("5");
        expect(await response.json()).toEqual({ error: OUT_OF_REACH });
      }).finally(() => client.close());
    });
    expect(logged).toMatchObject([
      { code: "OUT_OF_REACH", cause: { message: expect.stringContaining("ECONNREFUSED") } },
    ]);
  });
});

describe("examples/next-shop", () => {
  it("waits no more for a browser that went away", async () => {
    const id = await lateJob("left-alone");
    const browser = new AbortController();
    const answer = nextShop.get(`/api/jobs/${id}/wait`, browser.signal);
    browser.abort();
    expect(await (await answer).json()).toMatchObject({ id, status: "pending", isSettled: false });
  }, 10_000); // less than a wait that nobody ends

  it("has one client, also after its modules are loaded anew", async () => {
    const module = "../../examples/next-shop/lib/backline.ts";
    const before = (await import(module)) as typeof NextBackline;
    jest.resetModules();
    const after = (await import(module)) as typeof NextBackline;
    expect(after.backline).not.toBe(before.backline);
    expect(after.backline()).toBe(before.backline());
  });

  it("answers 503, with a time to come back after, while AWS is out of reach", async () => {
    const logged = await outOfReach(async () => {
      const holder: typeof globalThis & { shopBackline?: BacklineClient } = globalThis;
      holder.shopBackline?.close();
      delete holder.shopBackline;
      const response = await nextShop.post(orderOf("unreached"));
      expect(response.status).toBe(503);
      expect(response.headers.get("retry-after")).toBe("5");
      expect(await response.json()).toEqual({ error: OUT_OF_REACH });
      delete holder.shopBackline;
    });
    expect(logged).toMatchObject([
      { code: "OUT_OF_REACH", cause: { message: expect.stringContaining("ECONNREFUSED") } },
    ]);
  });
});

describe("what a shop shows of a job", () => {
  const core = {
    id: "invoice_email-1",
    type: "invoice_email",
    tenant: "default",
    correlationId: "c1",
    run: 1,
    attempts: 2,
    createdAt: 1_767_225_600_000,
    updatedAt: 1_767_225_600_000,
  };
  const error = { code: "NO_SELLER", message: "There are no settings of the seller.", at: 1_767_225_601_000 };
  const bodies: [string, JobView, object][] = [
    [
      "its progress, while it runs",
      {
        ...core,
        status: "processing",
        claimedAt: 1,
        leaseUntil: 2,
        error,
        progress: { done: 1, total: 2, note: "PDF", at: 1_767_225_601_000 },
      },
      { status: "processing", isSettled: false, progress: { done: 1, total: 2, note: "PDF" } },
    ],
    [
      "its error, once it has failed",
      { ...core, status: "failed", endedAt: 1_767_225_602_000, error },
      {
        status: "failed",
        isSettled: true,
        endedAt: "2026-01-01T00:00:02.000Z",
        error: { code: "NO_SELLER", message: "There are no settings of the seller." },
      },
    ],
    [
      "that it goes no further by itself, when it needs a person",
      { ...core, status: "needs_review", review: { effect: "mail", at: 1_767_225_601_000 } },
      { status: "needs_review", isSettled: true },
    ],
  ];

  it.each(bodies)("is %s", (_what, job, expected) => {
    expect(jobAnswer(job)).toEqual({
      status: 200,
      headers: { "cache-control": "no-store" },
      body: { id: "invoice_email-1", createdAt: "2026-01-01T00:00:00.000Z", ...expected },
    });
  });
});

describe("what a shop answers to an error", () => {
  it("is 500 for what somebody must mend: to come back soon does not help", () => {
    const log = jest.spyOn(console, "error").mockImplementation(() => {});
    const error = new StackAccessError("AccessDeniedException", { cause: new Error("No.") });
    expect(errorAnswer(error, "/jobs").status).toBe(500);
    expect(log.mock.calls).toEqual([[error]]);
    log.mockRestore();
  });

  it("is 400 with each problem for a payload that its job type refuses", () => {
    const error = new InvalidPayloadError("invoice_email", ["amount: too small", "locale: unknown"]);
    expect(errorAnswer(error, "/jobs")).toMatchObject({
      status: 400,
      body: { error: { problems: ["amount: too small", "locale: unknown"] } },
    });
  });
});

// The last one: it ends the server of the tests above.
describe("the process of examples/express-shop", () => {
  it("answers those who wait for a job, and ends, when it is told to", async () => {
    const id = await lateJob("at-closing-time");
    const answer = expressShop().get(`/jobs/${id}/wait`);
    // Sent after the wait, and answered: so the server has the wait, too.
    expect((await expressShop().get(`/jobs/${id}`)).status).toBe(200);
    server.child.kill("SIGTERM");
    expect(await (await answer).json()).toMatchObject({ id, status: "pending", isSettled: false });
    expect(await server.ended).toBe(0);
  });
});
