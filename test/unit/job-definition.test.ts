import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import * as z from "zod";

import { stripeEvent } from "../../shared/catalog/billing.ts";
import { catalog } from "../../shared/catalog/index.ts";
import { readEnvironment } from "../../shared/contracts/environment.ts";
import { describeError, describeStack } from "../../shared/errors/describe-error.ts";
import { defineJob } from "../../shared/job/define-job.ts";
import {
  deadlineMarginMs,
  jobTimes,
  RETENTION_DAYS,
  SHORTEST_RETENTION_DAYS,
  timeProblems,
} from "../../shared/job/job-times.ts";
import { backoffDelayMs, exponential, fixed, linear } from "../../shared/job/retry-policy.ts";

describe("a job definition", () => {
  it("that breaks limits is refused with all of them listed", () => {
    const broken = () =>
      defineJob({
        type: "Not Snake",
        summary: "",
        payload: z.unknown(),
        retry: { maxAttempts: 0, backoff: fixed(1) },
        run: { timeoutSeconds: 901, memoryMb: 64, batchSize: 11, maxConcurrency: 1 },
      });
    expect(broken).toThrow(/type.*maxAttempts.*timeoutSeconds.*memoryMb.*batchSize.*maxConcurrency/);
  });

  it("may not have a single attempt in a batch: a neighbour that ends the process would use it up", () => {
    const single = () =>
      defineJob({
        type: "greeting",
        summary: "Greets.",
        payload: z.object({}),
        retry: { maxAttempts: 1, backoff: fixed(1) },
        run: { timeoutSeconds: 30, memoryMb: 128, batchSize: 10 },
      });
    expect(single).toThrow("`run.batchSize` must be 1 where `retry.maxAttempts` is");
  });

  it("of stripe_event may write the record of each product type", () => {
    expect(stripeEvent.needs.records).toMatchObject({
      art_orders: "write",
      course_orders: "write",
      gift_card_orders: "write",
      shop_orders: "write",
    });
  });

  it("of the catalog has a type of its own", () => {
    const types = catalog.map(({ definition }) => definition.type);
    expect(new Set(types).size).toBe(types.length);
  });
});

describe("backoff", () => {
  it.each([
    ["fixed", fixed(2_000), [2_000, 2_000, 2_000]],
    ["linear: 5 min × attempt", linear(), [300_000, 600_000, 900_000]],
    ["exponential: 5, 25, 125 s", exponential(), [5_000, 25_000, 125_000]],
    ["exponential, capped", exponential({ maxMs: 20_000 }), [5_000, 20_000, 20_000]],
  ])("%s", (_, backoff, delays) => {
    expect([1, 2, 3].map((attempt) => backoffDelayMs(backoff, attempt, 0))).toEqual(delays);
  });

  it("adds a fifth at most by jitter, and never exceeds its cap", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.double({ min: 0, max: 0.999_999, noNaN: true }),
        (attempt, random) => {
          const plain = backoffDelayMs(exponential(), attempt, 0);
          const jittered = backoffDelayMs(exponential(), attempt, random);
          expect(jittered).toBeGreaterThanOrEqual(plain);
          expect(jittered).toBeLessThanOrEqual(Math.min(plain * 1.2 + 1, 24 * 60 * 60 * 1000));
        },
      ),
    );
  });
});

describe("the times of a job type", () => {
  it("keep their relations at any timeout and scale", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 900 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (timeoutSeconds, scale) => {
          expect(timeProblems(jobTimes({ timeoutSeconds }, scale), scale)).toEqual([]);
        },
      ),
    );
  });

  it("name each relation that is broken", () => {
    const broken = {
      timeoutSeconds: 60,
      visibilityTimeoutSeconds: 60,
      leaseMs: 60_000,
      receiptWaitMs: 1,
      permitGraceMs: 1,
    };
    expect(timeProblems(broken)).toHaveLength(4);
  });

  it("scale down together", () => {
    expect(jobTimes({ timeoutSeconds: 60 }, 1 / 30)).toMatchObject({
      timeoutSeconds: 2,
      visibilityTimeoutSeconds: 12,
      leaseMs: 4_000,
    });
  });

  it("leave the engine a tenth of the timeout, 3 s at most, to record the attempt", () => {
    expect([2, 10, 30, 900].map(deadlineMarginMs)).toEqual([200, 1_000, 3_000, 3_000]);
  });

  it("keep a row longer than any message can live: source queue 4 days, DLQ 14, again 4", () => {
    expect(SHORTEST_RETENTION_DAYS).toBeGreaterThan(22);
    expect(Math.min(...Object.values(RETENTION_DAYS))).toBeGreaterThanOrEqual(SHORTEST_RETENTION_DAYS);
  });
});

describe("a described error", () => {
  it("is one line without control characters, whatever was thrown", () => {
    const error = Object.assign(new Error("first\n2026-11-22 cancelled\u001b[2J"), { name: "x".repeat(500) });
    expect(describeError(error)).toEqual({ code: "x".repeat(100), message: "first 2026-11-22 cancelled [2J" });
  });

  it("hides mail addresses in message, stack and causes", () => {
    const error = new Error("no mailbox ada@example.com", { cause: new Error("550 <ada.l+x@mail.example.co.uk>") });
    expect(describeError(error)).toEqual({ code: "Error", message: "no mailbox <email>" });
    expect(describeStack(error)).not.toMatch(/@[a-z]*\.?example/);
    expect(describeStack(error)).toContain("Caused by: Error: 550 <<email>>");
  });

  it("is one line in a mail, too, where other characters end one", () => {
    expect(describeError(new Error("first\u2028second\u2029third")).message).toBe("first second third");
  });

  it("takes no time, however long a text is thrown", () => {
    const { message } = describeError(new Error(`${"a".repeat(400_000)} ada@example.com @ b@ @c`));
    expect(message).toBe("a".repeat(500));
    expect(describeError(new Error("to ada@example.com@x, @ b@ @c")).message).toBe("to <email>@x, @ b@ @c");
  }, 5_000);

  it("does not show what was thrown when it is no error", () => {
    expect(describeError("secret")).toEqual({ code: "NOT_AN_ERROR", message: expect.not.stringContaining("secret") });
  });
});

describe("a function's environment", () => {
  it("that is wrong stops the start with every problem listed", () => {
    const read = () => readEnvironment({ TIME_SCALE: "7", QUEUE_URL_PREFIX: "nowhere" });
    expect(read).toThrow(/JOBS_TABLE.*RECORDS_TABLE.*QUEUE_URL_PREFIX.*TIME_SCALE/);
  });
});
