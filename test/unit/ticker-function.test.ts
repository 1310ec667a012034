import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import type { Context } from "aws-lambda";
import * as z from "zod";

import { DEVELOPER_CREDENTIALS } from "../../local/front/callers.ts";
import { defineJob } from "../../shared/job/define-job.ts";
import { fixed } from "../../shared/job/retry-policy.ts";
import { tickerFunction } from "../../shared/lambda/ticker-function.ts";
import { startTestFront, type TestFront, urlOnAws } from "../support/local-front.ts";

const definition = defineJob({
  type: "letter",
  summary: "Is ticked, for a test.",
  payload: z.object({}),
  retry: { maxAttempts: 3, backoff: fixed(1000) },
  run: { timeoutSeconds: 30, memoryMb: 256, batchSize: 1 },
  schedules: [{ name: "nightly", cron: "0 2 * * *", payload: {} }],
});

let front: TestFront;
beforeAll(async () => {
  front = await startTestFront();
  for (const queue of ["backline-letter", "backline-letter-dlq"]) await front.createQueue(queue);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: front.url,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: DEVELOPER_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: DEVELOPER_CREDENTIALS.secretAccessKey,
    // There are no such tables: of all that the ticker does, only the DLQs can be read.
    JOBS_TABLE: "no-jobs",
    RECORDS_TABLE: "no-records",
    QUEUE_URL_PREFIX: urlOnAws("backline-"),
  });
});
afterAll(async () => {
  await front[Symbol.asyncDispose]();
});

/** What the function writes, a value for each line. */
let lines: unknown[];
beforeEach(() => {
  lines = [];
  for (const stream of [process.stdout, process.stderr]) {
    jest.spyOn(stream, "write").mockImplementation((text) => {
      lines.push(...String(text).split("\n").filter(Boolean).map(parsed));
      return true;
    });
  }
});
afterEach(() => {
  jest.restoreAllMocks();
  delete process.env["SCHEDULES"];
});

const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
};

// The handler reads the time that is left, and the logger some names.
const context = { getRemainingTimeInMillis: () => 50_000, awsRequestId: "request-1" } as Context;
const tickOnce = () => tickerFunction([{ definition }])({}, context, new AbortController());
const metrics = () => lines.filter((line) => typeof line === "object" && line !== null && "DeadLetters" in line);

describe("the ticker's function", () => {
  it("writes no metric of dead letters while there are none", async () => {
    await tickOnce();
    expect(metrics()).toEqual([]);
  });

  it("counts dead letters and names their type, also when nothing else works", async () => {
    const { sqs } = front.clients();
    await sqs.send(new SendMessageCommand({ QueueUrl: urlOnAws("backline-letter-dlq"), MessageBody: "{}" }));
    await tickOnce();
    expect(metrics()).toEqual([
      expect.objectContaining({
        DeadLetters: 1,
        _aws: expect.objectContaining({
          CloudWatchMetrics: [
            { Namespace: "Backline", Dimensions: [[]], Metrics: [{ Name: "DeadLetters", Unit: "Count" }] },
          ],
        }),
      }),
    ]);
    expect(lines).toContainEqual(
      expect.objectContaining({ level: "WARN", message: "Dead letters wait.", jobType: "letter", count: 1 }),
    );
  });

  it("does not start with settings of schedules that could not run", () => {
    process.env["SCHEDULES"] = '{"nightly":{"cron":"0 25 * * *"}}';
    expect(() => tickerFunction([{ definition }])).toThrow(
      /The schedules of "letter" are not right: .*"0 25 \* \* \*"/,
    );
  });
});
