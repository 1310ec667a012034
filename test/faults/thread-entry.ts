import { parentPort, workerData } from "node:worker_threads";

import { registerModuleHooks } from "./module-hooks.ts";
import type { ThreadAnswer, ThreadOptions } from "./threads.ts";

registerModuleHooks();
// After the hooks: these load handlers.
const { loadSubjects } = await import("./subjects.ts");
const { runHarness } = await import("./harness.ts");

async function run(options: ThreadOptions): Promise<ThreadAnswer> {
  try {
    return { work: (await runHarness(await loadSubjects(), options)).work() };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

const answer = await run(workerData as ThreadOptions); // what `runInThreads` gives
// eslint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
parentPort?.postMessage(answer);
