import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import { ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { exampleOrder, paidEvent, postStripeEvent, storeOrder } from "../../local/example-payment.ts";
import { startRuntime, type Runtime } from "../../local/runtime.ts";
import { openStores } from "../../local/runtime-stores.ts";
import { seed } from "../../local/seed.ts";
import { aPaymentEvent, signatureOf } from "../../local/stripe-events.ts";
import { jobIdFor } from "../../shared/engine/new-job.ts";
import type { FailedJob, Job } from "../../shared/job/job.ts";
import type { NewOrder } from "../../shared/records/order.ts";
import { waitForFact } from "../support/facts.ts";
import { standardAssembly } from "../support/standard-assembly.ts";

let runtime: Runtime;
let stores: ReturnType<typeof openStores>;

beforeAll(async () => {
  runtime = await startRuntime({
    assemblyDir: await standardAssembly(),
    quiet: true,
    print: () => {},
    seed,
    mailEventLagMs: 100,
  });
  stores = openStores(runtime.info);
}, 60_000);
afterAll(() => runtime.stop(), 20_000);

const nowSeconds = () => Math.floor(Date.now() / 1000);
const secret = () => runtime.info.webhookSecrets["stripe"] ?? "";

/** Posts bytes with a header as they are. */
function post(
  body: string | Uint8Array<ArrayBuffer>,
  signature: string | undefined,
  contentType = "application/json",
): Promise<Response> {
  const headers = {
    "content-type": contentType,
    ...(signature === undefined ? {} : { "stripe-signature": signature }),
  };
  return fetch(`${runtime.info.api}/webhooks/stripe`, { method: "POST", headers, body });
}

async function jobs(): Promise<Job[]> {
  const { Items = [] } = await stores.documents.send(new ScanCommand({ TableName: runtime.info.tables["jobs"] }));
  return Items as Job[];
}

const mailsOf = (jobId: string) => runtime.mails().filter(({ tags }) => tags["backline_job"] === jobId);

const completed = (jobId: string) =>
  waitForFact(`${jobId} completed`, async () => {
    const job = await stores.jobs.get(jobId);
    return job?.status === "completed" ? job : undefined;
  });

const failed = (jobId: string) =>
  waitForFact(`${jobId} failed and its dead letter sent`, async (): Promise<FailedJob | undefined> => {
    const job = await stores.jobs.get(jobId);
    return job?.status === "failed" && job.dlqOwed === undefined ? job : undefined;
  });

async function storedOrder(overrides: Partial<NewOrder> = {}): Promise<NewOrder> {
  const order = exampleOrder(overrides);
  await storeOrder(runtime.info, order);
  return order;
}

describe("a payment", () => {
  it("reported 50 times at once, and again later, is one invoice and one confirmation, with a mail each", async () => {
    const order = await storedOrder();
    const { body, eventId } = paidEvent(order);
    const answers = await Promise.all(Array.from({ length: 50 }, () => postStripeEvent(runtime.info, body)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const invoice = await completed(jobIdFor("invoice_email", order.orderId));
    await completed(jobIdFor("stripe_event", eventId));
    const again = await postStripeEvent(runtime.info, body);
    expect(again.status).toBe(200);
    const own = (await jobs()).filter(({ id }) => id.includes(order.orderId));
    expect(own.map(({ type }) => type).toSorted()).toEqual(["invoice_email", "order_confirmation", "stripe_event"]);
    const confirmation = await completed(jobIdFor("order_confirmation", order.orderId));
    expect([invoice.attempts, confirmation.attempts]).toEqual([1, 1]);
    expect(mailsOf(invoice.id)).toHaveLength(1);
    expect(mailsOf(confirmation.id)).toHaveLength(1);
  });

  it("costs its invoice job at most six DynamoDB requests, one S3 put and one SES send", async () => {
    const before = runtime.calls({ functionName: "backline-invoice_email" });
    const order = await storedOrder();
    await postStripeEvent(runtime.info, paidEvent(order).body);
    await completed(jobIdFor("invoice_email", order.orderId));
    const after = runtime.calls({ functionName: "backline-invoice_email" });
    const made = (service: "dynamodb" | "sqs" | "s3" | "ses") => after[service] - before[service];
    expect(made("dynamodb")).toBeLessThanOrEqual(6);
    expect({ sqs: made("sqs"), s3: made("s3"), ses: made("ses") }).toEqual({ sqs: 0, s3: 1, ses: 1 });
  });

  it("brings SES's report of its mail back as a receipt of the job's effect", async () => {
    const order = await storedOrder();
    await postStripeEvent(runtime.info, paidEvent(order).body);
    const { id } = await completed(jobIdFor("invoice_email", order.orderId));
    const items = await waitForFact("the receipts", async () => {
      const { Items = [] } = await stores.documents.send(
        new ScanCommand({ TableName: runtime.info.tables["records"] }),
      );
      const receipts = Items.filter(({ pk }) => pk === `receipt#${id}`);
      return receipts.length === 2 ? receipts : undefined;
    });
    expect(items.map(({ eventType }) => eventType as string).toSorted()).toEqual(["Delivery", "Send"]);
  });

  it("whose signed body API Gateway hands over in base64 is taken all the same", async () => {
    const order = await storedOrder();
    const { body } = paidEvent(order);
    const response = await post(body, signatureOf(body, secret()), "application/octet-stream");
    expect(response.status).toBe(200);
    await completed(jobIdFor("invoice_email", order.orderId));
  });
});

describe("a payment that does not fit its order", () => {
  it.each([
    ["ORDER_NOT_FOUND", { orderId: "ord_nobody" }],
    ["ORDER_ID_MISSING", { orderId: "not an id!" }],
    ["AMOUNT_MISMATCH", { amount: 1 }],
    ["CURRENCY_MISMATCH", { currency: "usd" }],
  ])("fails at once with %s, in the DLQ under that code, and nothing is sent", async (code, overrides) => {
    const order = await storedOrder();
    const mailsBefore = runtime.mails().length;
    const eventId = `evt_${order.orderId}`;
    const { object } = JSON.parse(paidEvent(order).body).data;
    const event = aPaymentEvent({ eventId, orderId: order.orderId, amount: object.amount, ...overrides });
    const response = await postStripeEvent(runtime.info, JSON.stringify(event));
    expect(response.status).toBe(200);
    const job = await failed(jobIdFor("stripe_event", eventId));
    expect(job).toMatchObject({ attempts: 1, error: { code } });
    const letter = await waitForFact("the dead letter", () => receive("stripe_event-dlq"));
    expect(JSON.parse(letter)).toEqual({ v: 1, type: "stripe_event", id: job.id, run: 2, error: code });
    await expect(stores.jobs.get(jobIdFor("invoice_email", order.orderId))).resolves.toBeUndefined();
    expect(runtime.mails()).toHaveLength(mailsBefore);
  });
});

/** Takes a message off a queue's view, if there is one. */
async function receive(queue: string): Promise<string | undefined> {
  const QueueUrl = runtime.info.queues[queue];
  const { Messages = [] } = await stores.sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 600 }));
  return Messages[0]?.Body;
}

describe("a request that is not Stripe's", () => {
  const body = JSON.stringify(aPaymentEvent({ orderId: "ord_1", eventId: "evt_bad" }));
  const cases: [string, number, () => Promise<Response>][] = [
    ["without a signature", 400, () => post(body, undefined)],
    ["with a malformed signature", 400, () => post(body, "t=,v1")],
    ["with an expired signature", 400, () => post(body, signatureOf(body, secret(), nowSeconds() - 301))],
    ["with a signature from the future", 400, () => post(body, signatureOf(body, secret(), nowSeconds() + 400))],
    ["signed with another secret", 400, () => post(body, signatureOf(body, "whsec_other"))],
    ["serialised anew", 400, () => post(JSON.stringify(JSON.parse(body), null, 1), signatureOf(body, secret()))],
    ["with the signed body null", 400, () => post("null", signatureOf("null", secret()))],
    ["with a signed body that is no event", 400, () => post('{"id":7}', signatureOf('{"id":7}', secret()))],
    ["with an empty body", 400, () => post("", signatureOf("", secret()))],
    [
      "with bytes that are no text",
      400,
      () => post(new Uint8Array([255, 254, 0]), signatureOf("x", secret()), "image/png"),
    ],
    ["of 300 KB", 413, () => post("x".repeat(300 * 1024), signatureOf("x", secret()))],
  ];

  it.each(cases)("%s is answered %d with a short JSON error, and nothing is written", async (_, status, ask) => {
    const jobsBefore = (await jobs()).length;
    const response = await ask();
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toContain("application/json");
    const text = await response.text();
    expect(JSON.parse(text)).toEqual({ error: { code: expect.any(String), message: expect.any(String) } });
    expect(text.length).toBeLessThan(200);
    expect(await jobs()).toHaveLength(jobsBefore);
  });

  it("but an event that nobody handles is answered 200 and counted by its type", async () => {
    const event = JSON.stringify({ ...aPaymentEvent({ eventId: "evt_other" }), type: "charge.refunded" });
    const response = await post(event, signatureOf(event, secret()));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ received: true, handled: false });
    const metric = runtime.logs("backline-webhooks-stripe").find(({ text }) => text.includes("WebhookIgnored"));
    expect(JSON.parse(metric?.text ?? "{}")).toMatchObject({ WebhookIgnored: 1, EventType: "charge.refunded" });
    await expect(stores.jobs.get(jobIdFor("stripe_event", "evt_other"))).resolves.toBeUndefined();
  });
});

describe("a message that nobody can read", () => {
  it("ends in the DLQ as it is and disturbs no other", async () => {
    const QueueUrl = runtime.info.queues["invoice_email"];
    for (const MessageBody of ["not json", '{"v":1,"type":"invoice_email","id":"invoice_email-nobody","run":1}']) {
      await stores.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId: "default" }));
    }
    const order = await storedOrder();
    await postStripeEvent(runtime.info, paidEvent(order).body);
    await completed(jobIdFor("invoice_email", order.orderId));
    const letters = new Set<string>();
    await waitForFact("both dead letters", async () => {
      const letter = await receive("invoice_email-dlq");
      if (letter !== undefined) letters.add(letter);
      return letters.size === 2 ? true : undefined;
    });
    expect([...letters].toSorted()[0]).toBe("not json");
  });
});

describe("what functions write", () => {
  it("names no buyer: neither in logs nor in metrics", () => {
    const lines = runtime.logs().map(({ text }) => text);
    expect(lines.some((line) => line.includes('"Job started."'))).toBe(true);
    const personal = /zoe@example\.com|Ångström|Échiquier/;
    expect(lines.filter((line) => personal.test(line))).toEqual([]);
  });
});
