import type { Clock } from "../shared/ports/clock.ts";

/** One Ctrl-C may arrive several times: from the terminal, and from a program that relays it (tsx does). */
const ECHO_MS = 1_000;

/**
 * Calls `onFirst` at the first Ctrl-C. What follows within a second is the same one; a later one ends the process at once.
 *
 * @returns a function that gives Ctrl-C back to its default action.
 */
export function catchInterrupt(clock: Pick<Clock, "now">, onFirst: () => void): () => void {
  let firstAt: number | undefined;
  const interrupt = () => {
    if (firstAt === undefined) {
      firstAt = clock.now();
      onFirst();
    } else if (clock.now() - firstAt >= ECHO_MS) {
      process.exit(130); // 128 + SIGINT, as shells count
    }
  };
  // Not `once`: it would leave the echo to the default action, which ends the process.
  process.on("SIGINT", interrupt);
  return () => void process.off("SIGINT", interrupt);
}
