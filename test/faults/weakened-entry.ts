import { parentPort, workerData } from "node:worker_threads";

import { runHarness, type HarnessOptions } from "./harness.ts";
import { probeSubjects } from "./probe-subjects.ts";

const OPTIONS = {
  count: 1_000,
  isAll: false,
  types: [String(workerData)],
  seed: 1,
  isOneEnough: true,
} satisfies Partial<HarnessOptions>;

/** Runs every single fault over a probe, then random ones, until something is found. */
async function search() {
  const planned = await runHarness(probeSubjects, { ...OPTIONS, mode: "single" });
  const found = planned.failures.length > 0 ? planned : await runHarness(probeSubjects, { ...OPTIONS, mode: "random" });
  return { schedules: planned.schedules + (found === planned ? 0 : found.schedules), failures: found.failures };
}

// A probe that fails without any fault is found as well.
const asFailure = (error: unknown) => ({ schedules: 0, failures: [{ schedule: "none", violations: [String(error)] }] });

void search()
  .catch(asFailure)
  // eslint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
  .then((result) => parentPort?.postMessage(result));
