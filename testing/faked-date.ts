import { AsyncLocalStorage } from "node:async_hooks";

import type { Clock } from "../shared/ports/clock.ts";

// Handlers may read the time themselves: inside a run, `Date.now()` and `new Date()` are the run's. Whatever else goes on in
// the process (the test itself, its framework, another run) keeps its own: the clock goes with the asynchronous context.

const clockOfRun = new AsyncLocalStorage<Clock>();
let runs = 0;
let uninstall = (): void => {};

/** Does `work` in the time of a clock. */
export async function inTimeOf<Answer>(clock: Clock, work: () => Promise<Answer>): Promise<Answer> {
  if (runs === 0) uninstall = install();
  runs += 1;
  try {
    return await clockOfRun.run(clock, work);
  } finally {
    runs -= 1;
    if (runs === 0) uninstall();
  }
}

function install(): () => void {
  const real = globalThis.Date;
  const faked = new Proxy(real, {
    construct: (target, args: unknown[], newTarget) => {
      const clock = args.length === 0 ? clockOfRun.getStore() : undefined;
      return Reflect.construct(target, clock === undefined ? args : [clock.now()], newTarget) as object;
    },
    get: (target, property) =>
      property === "now"
        ? () => clockOfRun.getStore()?.now() ?? target.now()
        : (Reflect.get(target, property) as unknown),
  });
  globalThis.Date = faked;
  return () => {
    // Somebody else's fake, installed meanwhile, is theirs to take away.
    if (globalThis.Date === faked) globalThis.Date = real;
  };
}
