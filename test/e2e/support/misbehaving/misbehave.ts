import { setTimeout as delay } from "node:timers/promises";

import type { JobContext } from "../../../../shared/engine/job-context.ts";
import type { MisbehavingPayload } from "./catalog.ts";

/** Long enough for a whole batch to have been claimed when its black sheep strikes, and short enough for a turn each. */
const GOOD_WORK_MS = 60;
const BEFORE_TROUBLE_MS = 30;

/** The handler of all types of this folder: does what the payload says. */
export async function misbehave({ payload: { behaviour } }: JobContext<MisbehavingPayload>): Promise<void> {
  await delay(behaviour === "good" ? GOOD_WORK_MS : BEFORE_TROUBLE_MS);
  switch (behaviour) {
    case "good":
      return;
    case "busy_loop":
      for (;;);
    case "process_exit":
      return process.exit(1);
    case "out_of_memory":
      return fillMemory();
    case "late_return":
      // Longer than its function may run, and deaf to `job.signal`.
      return delay(20_000);
  }
}

function fillMemory(): never {
  const kept: unknown[] = [];
  for (;;) kept.push(Array.from({ length: 1000 }, (_, index) => ({ index })));
}
