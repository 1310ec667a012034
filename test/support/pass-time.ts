import type { VirtualClock } from "./virtual-clock.ts";

/**
 * Lets virtual time pass until `running` is settled, ten milliseconds at a time, and returns what it comes to.
 *
 * @param meanwhile happens before each step, as other processes do.
 */
export async function whileTimePasses<Answer>(
  clock: VirtualClock,
  running: Promise<Answer>,
  meanwhile: () => Promise<unknown> = async () => undefined,
): Promise<Answer> {
  const state = { isSettled: false };
  const settled = running.finally(() => (state.isSettled = true));
  settled.catch(() => {}); // its reader comes later
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve));
    if (state.isSettled) return settled;
    await meanwhile();
    clock.advance(10);
  }
}
