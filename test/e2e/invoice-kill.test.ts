import { GetQueueAttributesCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { exampleOrder, paidEvent, postStripeEvent, storeOrder } from "../../local/example-payment.ts";
import type { InterceptedRequest, Verdict } from "../../local/front/interception.ts";
import { startRuntime, type Runtime } from "../../local/runtime.ts";
import { openStores } from "../../local/runtime-stores.ts";
import { seed } from "../../local/seed.ts";
import { jobIdFor } from "../../shared/engine/new-job.ts";
import { waitForFact } from "../support/facts.ts";

/** 60 s become 2 s, and everything else with it; see `jobTimes`. */
const TIME_SCALE = 1 / 30;
const TYPES = ["invoice_email", "stripe_event"] as const;
type Type = (typeof TYPES)[number];

interface Disaster {
  readonly type: Type;
  /** Which of its job's AWS calls, counted from 1 in its first invocation. */
  readonly call: number;
  readonly verdict: "drop-before" | "kill-after" | "lose-response";
  readonly isDuplicated: boolean;
}

/**
 * Lets one disaster happen to each job that has one: to the first invocation that comes to the call. A busy machine may
 * time an invocation out before; then the next one is it.
 */
class Disasters {
  /** Calls of each job's first invocation, as `service:operation`. */
  readonly calls = new Map<string, string[]>();
  readonly happened = new Set<string>();
  readonly #planned = new Map<string, Disaster>();
  readonly #duplicated = new Set<string>();
  readonly #invocations = new Map<string, { readonly jobId: string; readonly calls: string[] }>();
  duplicate: (jobId: string, disaster: Disaster) => Promise<void> = () => Promise.resolve();

  plan(jobId: string, disaster: Disaster): void {
    this.#planned.set(jobId, disaster);
  }

  readonly decide = async ({ invocationId, service, operation, body }: InterceptedRequest): Promise<Verdict> => {
    const invocation = this.#invocation(invocationId, body.toString());
    if (invocation === undefined) return "pass";
    if (isCached(service, operation, body.toString())) return "pass";
    const { jobId, calls } = invocation;
    calls.push(`${service}:${operation}`);
    const number = calls.length;
    const disaster = this.#planned.get(jobId);
    if (disaster === undefined || this.happened.has(jobId)) return "pass";
    // Once the invocation has the claim, so that it is the one to which the disaster happens.
    if (number >= Math.min(disaster.call, 2)) await this.#duplicateOnce(jobId, disaster);
    if (number !== disaster.call) return "pass";
    this.happened.add(jobId);
    return disaster.verdict;
  };

  async #duplicateOnce(jobId: string, disaster: Disaster): Promise<void> {
    if (!disaster.isDuplicated || this.#duplicated.has(jobId)) return;
    this.#duplicated.add(jobId);
    await this.duplicate(jobId, disaster);
  }

  /** The first call of an invocation is the claim of its job's row. */
  #invocation(id: string | undefined, body: string) {
    if (id === undefined) return undefined;
    const known = this.#invocations.get(id);
    if (known !== undefined) return known;
    const jobId = /"Key":\{"id":\{"S":"((?:invoice_email|stripe_event)-[^"]+)"/.exec(body)?.[1];
    if (jobId === undefined) return undefined;
    const invocation = { jobId, calls: [] };
    this.#invocations.set(id, invocation);
    if (!this.calls.has(jobId)) this.calls.set(jobId, invocation.calls);
    return invocation;
  }
}

/** What a process reads once and then keeps: such a call may come or not, so disasters are not counted by it. */
function isCached(service: string, operation: string, body: string): boolean {
  if (service === "secretsmanager" || operation === "GetSendQuota") return true;
  return operation === "GetItem" && /"pk":\{"S":"(settings|pause)#/.test(body);
}

const disasters = new Disasters();
let runtime: Runtime;
let stores: ReturnType<typeof openStores>;

beforeAll(async () => {
  const intercept = disasters.decide;
  runtime = await startRuntime({
    timeScale: TIME_SCALE,
    quiet: true,
    print: () => {},
    seed,
    intercept,
    mailEventLagMs: 300,
    mail: { ratePerSecond: 500 },
  });
  stores = openStores(runtime.info);
  disasters.duplicate = (jobId, { type }) => sendPermit(type, jobId);
}, 120_000);
afterAll(() => runtime.stop(), 20_000);

async function sendPermit(type: Type, id: string): Promise<void> {
  const MessageBody = JSON.stringify({ v: 1, type, id, run: 1 });
  await stores.sqs.send(
    new SendMessageCommand({ QueueUrl: runtime.info.queues[type], MessageBody, MessageGroupId: "default" }),
  );
}

const jobIdOf = (type: Type, orderId: string) => jobIdFor(type, type === "invoice_email" ? orderId : `evt_${orderId}`);

/** Pays an order, with a disaster or without, and waits until its invoice job is completed. */
async function pay(disaster?: Disaster): Promise<string> {
  const order = exampleOrder({ productType: "course", productId: "throwing-1" }); // an invoice, and nothing else
  if (disaster !== undefined) disasters.plan(jobIdOf(disaster.type, order.orderId), disaster);
  await storeOrder(runtime.info, order);
  const response = await postStripeEvent(runtime.info, paidEvent(order).body);
  expect(response.status).toBe(200);
  for (const type of TYPES.toReversed()) {
    const what = `${type} of ${JSON.stringify(disaster)}`;
    await waitForFact(what, () => isCompleted(jobIdOf(type, order.orderId)), 120_000);
  }
  return order.orderId;
}

async function isCompleted(jobId: string): Promise<true | undefined> {
  const job = await stores.jobs.get(jobId);
  if (job?.status === "failed") throw new Error(`${jobId} failed: ${job.error.code} ${job.error.message}`);
  return job?.status === "completed" ? true : undefined;
}

/** How many messages of any kind a queue holds. */
async function depthOf(QueueUrl: string): Promise<number> {
  const names = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
  ] as const;
  const { Attributes } = await stores.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }));
  return names.reduce((sum, name) => sum + Number(Attributes?.[name] ?? 0), 0);
}

/** Nothing is left that could still cause an effect. */
async function waitUntilQuiet(): Promise<void> {
  await waitForFact(
    "empty queues",
    async () => {
      const depths = await Promise.all(Object.values(runtime.info.queues).map(depthOf));
      return depths.every((depth) => depth === 0) ? true : undefined;
    },
    60_000,
  );
}

async function pdfsOf(orderId: string): Promise<string[]> {
  const { Contents = [] } = await stores.s3.send(
    new ListObjectsV2Command({ Bucket: runtime.info.buckets["invoices"] }),
  );
  return Contents.map(({ Key = "" }) => Key).filter((key) => key.includes(orderId));
}

/**
 * Every call of both jobs, before it and, for the last and for the mail, after it; each second one with a duplicate delivery.
 * (The fault harness runs each with and without, in virtual time; here every disaster costs real seconds.)
 */
function allDisasters(calls: Readonly<Record<Type, readonly string[]>>): Disaster[] {
  const of = (type: Type) =>
    calls[type].flatMap((name, index): Omit<Disaster, "isDuplicated">[] => {
      const call = index + 1;
      const isLast = call === calls[type].length;
      const isMail = name.startsWith("ses:");
      return [
        { type, call, verdict: "drop-before" },
        ...(isLast || isMail ? [{ type, call, verdict: "kill-after" } as const] : []),
        ...(isMail ? [{ type, call, verdict: "lose-response" } as const] : []),
      ];
    });
  return TYPES.flatMap(of).map((disaster, index) => ({ ...disaster, isDuplicated: index % 2 === 1 }));
}

/** Runs the actions, a few at a time: two cores must not time functions out by themselves. */
async function inParallel<Item, Result>(
  width: number,
  items: readonly Item[],
  act: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  const lane = async () => {
    for (const [index, item] of queue) results[index] = await act(item);
  };
  await Promise.all(Array.from({ length: width }, lane));
  return results;
}

describe("workers that are killed between any two of their AWS calls", () => {
  it("leave exactly one PDF and one mail for each order, also where deliveries come twice", async () => {
    await pay(); // the first order of all begins the series of invoice numbers, with calls of its own
    const undisturbed = await pay();
    const callsOf = (type: Type) => disasters.calls.get(jobIdOf(type, undisturbed)) ?? [];
    const plan = allDisasters({ invoice_email: callsOf("invoice_email"), stripe_event: callsOf("stripe_event") });
    // Those that wait for a receipt take longest: first.
    const [long, short] = [
      plan.filter(({ type }) => type === "invoice_email"),
      plan.filter(({ type }) => type === "stripe_event"),
    ];
    const orders = await inParallel(6, [...long, ...short], pay);
    await waitUntilQuiet();
    const outcome = await Promise.all(
      orders.map(async (orderId) => ({
        pdfs: (await pdfsOf(orderId)).length,
        mails: runtime.mails().filter(({ tags }) => tags["backline_job"] === jobIdOf("invoice_email", orderId)).length,
      })),
    );
    const wrong = [...long, ...short]
      .map((disaster, index) => ({ disaster, ...outcome[index] }))
      .filter(({ pdfs, mails }) => pdfs !== 1 || mails !== 1);
    expect(wrong).toEqual([]);
    const spared = [...long, ...short].flatMap((disaster, index) => {
      const jobId = jobIdOf(disaster.type, orders[index] ?? "");
      return disasters.happened.has(jobId) ? [] : [{ disaster, calls: disasters.calls.get(jobId) }];
    });
    expect(spared).toEqual([]);
    expect(runtime.mails()).toHaveLength(plan.length + 2);
  }, 175_000);
});
