import { describe, expect, it } from "@jest/globals";
import * as z from "zod";

import type { JobContext } from "../../shared/engine/job-context.ts";
import { defineJob } from "../../shared/job/define-job.ts";
import { fixed } from "../../shared/job/retry-policy.ts";
import { Simulation } from "../support/simulation.ts";
import { START } from "../support/virtual-clock.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const reminder = defineJob({
  type: "reminder",
  summary: "Reminds.",
  payload: z.object({ of: z.string() }),
  retry: { maxAttempts: 2, backoff: fixed(13 * HOUR_MS) },
  run: { timeoutSeconds: 60, memoryMb: 128, batchSize: 1 },
});

/** When the handler ran, with a tick each minute at an odd second, as EventBridge gives them. */
async function ranAt(
  options: object,
  handler: (job: JobContext<{ of: string }>) => Promise<unknown> = async () => undefined,
): Promise<number[]> {
  const times: number[] = [];
  const simulation = new Simulation(reminder, (job) => {
    times.push(simulation.clock.now());
    return handler(job);
  });
  simulation.clock.advance(17_300); // no whole second anywhere
  await simulation.enqueue({ of: "milk" }, options);
  await simulation.settle(50 * DAY_MS);
  return times.map((at) => at - START);
}

describe("a job for later", () => {
  it.each([
    1,
    900,
    59_999,
    14 * MINUTE_MS,
    15 * MINUTE_MS,
    15 * MINUTE_MS + 1,
    16 * MINUTE_MS,
    3 * HOUR_MS,
    40 * DAY_MS,
  ])("%i ms from now runs within two seconds of its time, never before", async (delayMs) => {
    const [at = 0, ...others] = await ranAt({ delayMs });
    expect(others).toEqual([]);
    expect(at - (17_300 + delayMs)).toBeGreaterThanOrEqual(0);
    expect(at - (17_300 + delayMs)).toBeLessThanOrEqual(2_000);
  });

  it("runs at its time also when its retry is further off than SQS can hide a message", async () => {
    const [first = 0, second = 0] = await ranAt({}, async (job) => {
      if (job.attempt === 1) throw new Error("not yet");
    });
    expect(second - first).toBeGreaterThanOrEqual(13 * HOUR_MS);
    expect(second - first).toBeLessThanOrEqual(13 * HOUR_MS + 2_000);
  });

  it("for a time that has passed runs at once", async () => {
    await expect(ranAt({ runAt: START - DAY_MS })).resolves.toEqual([17_300]);
  });

  it.each([
    { runAt: START, delayMs: 1 },
    { runAt: Number.NaN },
    { runAt: Number.POSITIVE_INFINITY },
    { runAt: 1e18 },
    { delayMs: -1 },
    { delayMs: Number.NaN },
  ])("is refused with a reason for %j", async (options) => {
    const simulation = new Simulation(reminder, async () => undefined);
    await expect(simulation.enqueue({ of: "milk" }, options)).rejects.toMatchObject({ code: "INVALID_RUN_AT" });
    expect(simulation.store.jobs()).toEqual([]);
  });
});
