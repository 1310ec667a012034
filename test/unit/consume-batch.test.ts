import { describe, expect, it, jest } from "@jest/globals";
import type { SQSEvent, SQSRecord } from "aws-lambda";

import type { Consumed, Delivery } from "../../shared/engine/worker.ts";
import { consumeBatch } from "../../shared/lambda/consume-batch.ts";

const record = (messageId: string): SQSRecord => ({
  messageId,
  receiptHandle: `handle of ${messageId}`,
  body: `body of ${messageId}`,
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
const event: SQSEvent = { Records: ["a", "b", "c"].map(record) };
const context = { getRemainingTimeInMillis: () => 30_000 };
const done: Consumed = { isDone: true, isRuntimeStuck: false };

async function consume(answers: Readonly<Record<string, Consumed>>) {
  const deliveries: Delivery[] = [];
  const endProcess = jest.fn();
  const response = await consumeBatch(
    {
      marginMs: 3_000,
      endProcess,
      consume: (delivery) => {
        deliveries.push(delivery);
        return Promise.resolve(answers[delivery.body.at(-1) ?? ""] ?? done);
      },
    },
    event,
    context,
  );
  return { response, deliveries, endProcess };
}

describe("a batch of messages", () => {
  it("whose records are all done reports no failure", async () => {
    const { response, endProcess } = await consume({});
    expect(response).toEqual({ batchItemFailures: [] });
    expect(endProcess).not.toHaveBeenCalled();
  });

  it("reports exactly the records that are not done", async () => {
    const { response } = await consume({ b: { isDone: false, isRuntimeStuck: false } });
    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: "b" }] });
  });

  it("gives each record its receive count, and a deadline before the function's end", async () => {
    const before = Date.now();
    const { deliveries } = await consume({});
    expect(deliveries[0]).toMatchObject({ receiptHandle: "handle of a", receiveCount: 3 });
    for (const { deadlineAt } of deliveries) {
      expect(deadlineAt).toBeGreaterThanOrEqual(before + 27_000);
      expect(deadlineAt).toBeLessThanOrEqual(Date.now() + 27_000);
    }
  });

  it("ends the process when a handler goes on after its deadline", async () => {
    const { endProcess } = await consume({ c: { isDone: false, isRuntimeStuck: true } });
    expect(endProcess).toHaveBeenCalledTimes(1);
  });
});
