import { randomUUID } from "node:crypto";

import { GetQueueAttributesCommand, SendMessageBatchCommand } from "@aws-sdk/client-sqs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { SQSEvent } from "aws-lambda";

import { Chaos } from "../../local/chaos.ts";
import type { InvocationResult } from "../../local/host/invocation.ts";
import { type PollerOptions, QueuePoller } from "../../local/sources/queue-poller.ts";
import { failedMessageIds } from "../../local/sources/sqs-event.ts";
import { waitForFact } from "../support/facts.ts";
import { type Clients, startTestFront, type TestFront, urlOnAws } from "../support/local-front.ts";

let front: TestFront;
let clients: Clients;
let queue: string;
let stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  front = await startTestFront();
  clients = front.clients();
});
afterAll(async () => {
  await front[Symbol.asyncDispose]();
});
// A queue for each test: a poller that has stopped still has its last receive waiting in the emulator.
beforeEach(async () => {
  queue = `queue-${randomUUID()}`;
  await front.createQueue(queue);
});

afterEach(async () => {
  for (const stop of stops) await stop();
  stops = [];
});

const send = (...bodies: string[]) =>
  clients.sqs.send(
    new SendMessageBatchCommand({
      QueueUrl: urlOnAws(queue),
      Entries: bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody })),
    }),
  );

type Handler = (event: SQSEvent) => Promise<unknown>;

/** A poller of the test's queue whose function is `handler`; stops after the test. */
function startPoller(
  handler: Handler,
  {
    mapping,
    ...overrides
  }: Partial<Omit<PollerOptions, "mapping">> & { mapping?: Partial<PollerOptions["mapping"]> } = {},
) {
  const errors: unknown[] = [];
  const poller = new QueuePoller({
    mapping: {
      queueName: queue,
      queueArn: `arn:aws:sqs:us-east-1:000000000000:${queue}`,
      functionName: "tiny",
      batchSize: 10,
      windowSeconds: 0,
      maxConcurrency: undefined,
      reportsBatchItemFailures: true,
      ...mapping,
    },
    queueUrl: urlOnAws(queue),
    sqs: clients.sqs,
    concurrency: 2,
    invoke: (_name, event) => asResult(handler, event),
    onError: (error) => errors.push(error),
    ...overrides,
  });
  poller.start();
  const stop = async () => {
    await poller.stop();
    await poller.drain();
    expect(errors).toEqual([]);
  };
  stops.push(stop);
  return stop;
}

async function asResult(handler: Handler, event: unknown): Promise<InvocationResult> {
  try {
    // The poller under test made it.
    return { ok: true, requestId: "r", payload: await handler(event as SQSEvent) };
  } catch (error) {
    return { ok: false, requestId: "r", error: { kind: "thrown", name: "Error", message: String(error) } };
  }
}

/** Messages that are in the queue, visible or not. */
async function depth(): Promise<number> {
  const names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] as const;
  const { Attributes = {} } = await clients.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: urlOnAws(queue), AttributeNames: [...names] }),
  );
  return names.reduce((sum, name) => sum + Number(Attributes[name]), 0);
}

/** Waits until what the function under test saw, and what the queue holds, are so. */
const until = (what: string, isTrue: () => boolean | Promise<boolean>): Promise<true> =>
  waitForFact(what, async () => (await isTrue()) || undefined);

describe("an event source", () => {
  test("hands a real SQS event over and deletes what succeeded", async () => {
    const events: SQSEvent[] = [];
    startPoller(async (event) => void events.push(event));
    await send("hello");
    await until("one event, deleted", async () => events.length === 1 && (await depth()) === 0);
    expect(events[0]?.Records[0]).toMatchObject({
      body: "hello",
      attributes: { ApproximateReceiveCount: "1", SentTimestamp: expect.stringMatching(/^\d{13}$/) },
      eventSource: "aws:sqs",
      eventSourceARN: `arn:aws:sqs:us-east-1:000000000000:${queue}`,
      awsRegion: "us-east-1",
    });
  });

  test("leaves what a function reports as failed, until its visibility timeout ends", async () => {
    const seen: string[] = [];
    startPoller(async ({ Records }) => {
      seen.push(...Records.map(({ body, attributes }) => `${body}:${attributes.ApproximateReceiveCount}`));
      const failed = Records.filter(
        ({ body, attributes }) => body === "bad" && attributes.ApproximateReceiveCount === "1",
      );
      return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
    });
    await send("good", "bad");
    await until("three deliveries, all deleted", async () => seen.length === 3 && (await depth()) === 0);
    expect(seen.toSorted()).toEqual(["bad:1", "bad:2", "good:1"]);
  });

  test("deletes nothing of a batch whose function failed", async () => {
    const counts: number[] = [];
    startPoller(async ({ Records }) => {
      counts.push(Records.length);
      if (counts.length === 1) throw new Error("broken");
    });
    await send("a", "b");
    await until("a second delivery, deleted", async () => counts.length >= 2 && (await depth()) === 0);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(4);
  });

  test("runs no more batches at once than it may", async () => {
    const gates: (() => void)[] = [];
    let [started, running, most] = [0, 0, 0];
    startPoller(
      async () => {
        started += 1;
        most = Math.max(most, (running += 1));
        await new Promise<void>((resolve) => gates.push(resolve));
        running -= 1;
      },
      { mapping: { batchSize: 1 } },
    );
    await send("1", "2", "3", "4", "5", "6");
    for (const expected of [2, 3, 4, 5, 6]) {
      await until(`batch ${expected} to start`, () => started === expected);
      expect(await depth()).toBe(8 - expected); // the two that run and those that wait: each one before is deleted
      gates.shift()?.();
    }
    gates.shift()?.();
    await until("all to be deleted", async () => (await depth()) === 0);
    expect(most).toBe(2);
  });

  test("collects a batch while its window lasts", async () => {
    const sizes: number[] = [];
    startPoller(async ({ Records }) => void sizes.push(Records.length), {
      mapping: { batchSize: 3, windowSeconds: 10 },
    });
    await send("1");
    await send("2", "3");
    await until("one batch", () => sizes.length === 1);
    expect(sizes).toEqual([3]);
  });

  test("takes nothing more once it is stopped", async () => {
    const stop = startPoller(async () => undefined);
    await stop();
    await send("late");
    expect(await depth()).toBe(1);
  });
});

describe("chaos", () => {
  test("delivers a message again, and the same seed disturbs in the same way", async () => {
    const draws = (seed: number) => {
      const chaos = new Chaos(seed);
      return Array.from({ length: 50 }, () => chaos.next());
    };
    expect(draws(7)).toEqual(draws(7));
    expect(draws(7)).not.toEqual(draws(8));
    expect(draws(7).some(({ delayMs }) => delayMs > 0)).toBe(true);
    expect(draws(7).some(({ duplicateAfterMs }) => duplicateAfterMs !== undefined)).toBe(true);
  });

  test("gives a duplicate to the function as a delivery of its own", async () => {
    const seen: string[] = [];
    const always = { seed: 1, next: () => ({ delayMs: 0, duplicateAfterMs: 1 }) };
    startPoller(async ({ Records }) => void seen.push(...Records.map(({ messageId }) => messageId)), {
      // A class with private fields cannot be written out.
      chaos: always as unknown as Chaos,
    });
    await send("twice");
    await until("two deliveries", () => seen.length === 2);
    expect(new Set(seen).size).toBe(1);
  });
});

describe("a batch response", () => {
  const IDS = ["a", "b"];
  test.each<[string, unknown, string[]]>([
    ["nothing", undefined, []],
    ["null", null, []],
    ["an empty object", {}, []],
    ["an empty list", { batchItemFailures: [] }, []],
    ["null as list", { batchItemFailures: null }, []],
    ["one failed", { batchItemFailures: [{ itemIdentifier: "b" }] }, ["b"]],
    ["an empty identifier", { batchItemFailures: [{ itemIdentifier: "" }] }, IDS],
    ["a wrong key", { batchItemFailures: [{ id: "a" }] }, IDS],
    ["an identifier that is not in the batch", { batchItemFailures: [{ itemIdentifier: "z" }] }, IDS],
    ["a string", "done", IDS],
  ])("%s", (_name, payload, expected) => {
    expect([...failedMessageIds(payload, IDS)]).toEqual(expected);
  });
});
