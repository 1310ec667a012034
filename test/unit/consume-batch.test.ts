import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import type { SQSEvent, SQSRecord } from "aws-lambda";

import type { Delivery } from "../../shared/engine/delivery.ts";
import type { Consumed } from "../../shared/engine/worker.ts";
import { consumeBatch } from "../../shared/lambda/consume-batch.ts";

const START = Date.parse("2026-11-22T08:00:00Z");
beforeEach(() => void jest.useFakeTimers({ now: START }));
afterEach(() => void jest.useRealTimers());

const record = (messageId: string): SQSRecord => ({
  messageId,
  receiptHandle: `handle of ${messageId}`,
  body: messageId,
  attributes: {
    ApproximateReceiveCount: "3",
    SentTimestamp: "0",
    SenderId: "sender",
    ApproximateFirstReceiveTimestamp: "0",
  },
  messageAttributes: {},
  md5OfBody: "",
  eventSource: "aws:sqs",
  eventSourceARN: "arn:aws:sqs:us-east-1:000000000000:backline-greeting",
  awsRegion: "us-east-1",
});
const event = (...messageIds: string[]): SQSEvent => ({ Records: messageIds.map(record) });
const context = { getRemainingTimeInMillis: () => 30_000 };
const done: Consumed = { isDone: true, isRuntimeStuck: false };
const notDone: Consumed = { isDone: false, isRuntimeStuck: false };
const stuck: Consumed = { isDone: false, isRuntimeStuck: true };

/** A job as its worker sees it: what becomes of it, and how often it was tried before. */
interface Scripted {
  readonly consumed?: Consumed;
  readonly attempts?: number;
  /** Milliseconds that it takes. */
  readonly takesMs?: number;
}

/** Consumes a batch with a worker that does as it is told; `story` has what ran, in order, `a+b` for side by side. */
async function consume(jobs: Readonly<Record<string, Scripted>>) {
  const deliveries: Delivery[] = [];
  const story: string[] = [];
  const running = new Set<string>();
  const endProcess = jest.fn(() => void story.push("end"));
  const run = async (name: string, { consumed = done, takesMs = 0 }: Scripted) => {
    running.add(name);
    await Promise.resolve(); // lets those go first that run at the same time
    if (!story.at(-1)?.split("+").includes(name)) story.push([...running].join("+"));
    jest.setSystemTime(Date.now() + takesMs);
    await Promise.resolve();
    running.delete(name);
    return consumed;
  };
  const response = await consumeBatch(
    {
      marginMs: 3_000,
      endProcess,
      consume: (delivery) => {
        deliveries.push(delivery);
        const job = jobs[delivery.body] ?? {};
        const { attempts = 0 } = job;
        if (delivery.hasCompany === true && attempts > 0)
          return Promise.resolve({ ...notDone, mustBeAlone: { attempts } });
        return run(delivery.body, job);
      },
    },
    event(...Object.keys(jobs)),
    context,
  );
  const returned = response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  return { returned, deliveries, endProcess, story };
}

describe("a batch of messages", () => {
  it("whose records are all done reports no failure", async () => {
    const { returned, endProcess } = await consume({ a: {}, b: {}, c: {} });
    expect(returned).toEqual([]);
    expect(endProcess).not.toHaveBeenCalled();
  });

  it("reports exactly the records that are not done", async () => {
    const { returned } = await consume({ a: {}, b: { consumed: notDone }, c: {} });
    expect(returned).toEqual(["b"]);
  });

  it("gives each record its receive count, and a deadline before the function's end", async () => {
    const { deliveries } = await consume({ a: {}, b: { attempts: 1 } });
    expect(deliveries[0]).toMatchObject({ receiptHandle: "handle of a", receiveCount: 3 });
    expect(deliveries.map(({ deadlineAt }) => deadlineAt - START)).toEqual([27_000, 27_000, 27_000]);
  });

  it("ends the process when a handler goes on after its deadline, once its neighbours have ended", async () => {
    const { endProcess, story } = await consume({ a: { consumed: stuck }, b: {}, c: {} });
    expect(endProcess).toHaveBeenCalledTimes(1);
    expect(story).toEqual(["a+b+c", "end"]);
  });
});

describe("jobs of a batch that have had an attempt before", () => {
  it("run after the first attempts, one at a time, fewest attempts first", async () => {
    const jobs = { a: { attempts: 2 }, b: {}, c: { attempts: 1 }, d: {}, e: { attempts: 1 } };
    const { story, returned } = await consume(jobs);
    expect(story).toEqual(["b+d", "c", "e", "a"]);
    expect(returned).toEqual([]);
  });

  it("run at once when they come alone", async () => {
    const { deliveries, story } = await consume({ a: { attempts: 4 } });
    expect(deliveries).toHaveLength(1);
    expect(story).toEqual(["a"]);
  });

  it("are returned when less than half of the time is left for them", async () => {
    const jobs = {
      a: { attempts: 1, takesMs: 13_500 },
      b: { attempts: 1, takesMs: 1 },
      c: { attempts: 1 },
    };
    const { story, returned } = await consume(jobs);
    expect(story).toEqual(["a", "b"]);
    expect(returned).toEqual(["c"]);
  });

  it("are not begun after a handler that used up all the time", async () => {
    const { story, returned } = await consume({ a: { consumed: stuck, takesMs: 27_000 }, b: { attempts: 1 } });
    expect(story).toEqual(["a", "end"]);
    expect(returned).toEqual(["a", "b"]);
  });

  it("are reported when they are not done, and end the process when they are stuck", async () => {
    const { story, returned } = await consume({ a: { attempts: 1, consumed: stuck, takesMs: 27_000 }, b: {} });
    expect(story).toEqual(["b", "a", "end"]);
    expect(returned).toEqual(["a"]);
  });
});
