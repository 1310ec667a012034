import { randomUUID } from "node:crypto";

import type { Clock } from "../ports/clock.ts";
import type { IdSource } from "../ports/id-source.ts";

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, action) => {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};

export const systemIds: IdSource = { newId: () => randomUUID(), random: () => Math.random() };
