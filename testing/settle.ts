import { isTerminal } from "../shared/job/job-state.ts";
import type { EpochMs, Job } from "../shared/job/job.ts";
import { TestKitError } from "./kit-error.ts";
import type { World } from "./world.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const DEFAULT_LIMIT_DAYS = 60;
/** A job that begins so often does not end. */
const MOST_BEGINNINGS = 1_000;
/** Jobs that enqueue each other do not end either. The largest family has 1,000 children. */
const MOST_INVOCATIONS = 10_000;

/**
 * Lets a world go on, with a ticker each minute, until nothing is left to do but for a person.
 *
 * @param limitMs stops after so much virtual time; without it, a run that does not end throws.
 * @throws TestKitError when it does not come to rest by itself, or waits for jobs that nobody runs.
 */
export async function settle(world: World, limitMs?: number): Promise<void> {
  const end = world.clock.now() + (limitMs ?? DEFAULT_LIMIT_DAYS * DAY_MS);
  for (;;) {
    const message = nextMessage(world);
    const tested = message && world.types.get(message.type);
    if (message !== undefined && tested !== undefined) {
      await world.invoke(message, tested);
      if (isEndless(world)) throw new TestKitError(endless(world));
      continue;
    }
    if (isStill(world)) return;
    assertNobodyMissing(world);
    const next = nextTime(world);
    if (next > end) {
      if (limitMs === undefined) throw new TestKitError(endless(world));
      return world.clock.advanceTo(end);
    }
    world.clock.advanceTo(next);
    if (next % MINUTE_MS === 0) await world.tick();
  }
}

function nextMessage({ queue, types, clock }: World) {
  return queue.messages
    .filter(({ type, visibleAt }) => types.has(type) && visibleAt <= clock.now())
    .toSorted((a, b) => a.visibleAt - b.visibleAt)
    .at(0);
}

function isStill(world: World): boolean {
  const { queue, types } = world;
  return !queue.messages.some(({ type }) => types.has(type)) && world.live().every((job) => dueAtOf(job) === undefined);
}

/** When the ticker looks at a row; nothing for one that waits for a person. */
function dueAtOf(job: Job): EpochMs | undefined {
  return job.status !== "needs_review" && "dueAt" in job ? job.dueAt : undefined;
}

/** When a message becomes visible, a timer rings, or the ticker has something to find. */
function nextTime(world: World): EpochMs {
  const { queue, types, clock } = world;
  const now = clock.now();
  const visible = queue.messages.filter(({ type }) => types.has(type)).map(({ visibleAt }) => visibleAt);
  const due = world.live().flatMap((job) => dueAtOf(job) ?? []);
  const nextMinute = (Math.floor(now / MINUTE_MS) + 1) * MINUTE_MS;
  const tickAt = Math.max(nextMinute, Math.ceil(Math.min(...due) / MINUTE_MS) * MINUTE_MS);
  return Math.max(Math.min(tickAt, clock.nextTimer(), ...visible), now + 1);
}

/** A row that waits for a job which nobody runs would wait for ever. */
function assertNobodyMissing(world: World): void {
  const rows = new Map(world.store.jobs().map((job) => [job.id, job]));
  for (const job of world.live()) {
    if (job.status !== "waiting") continue;
    const missing = job.waitingFor
      .map((id) => rows.get(id))
      .filter((row) => row !== undefined && !isTerminal(row.status) && !world.types.has(row.type));
    const types = [...new Set(missing.map((row) => row?.type))];
    if (types.length === 0) continue;
    throw new TestKitError(
      `${job.id} waits for jobs of type ${types.join(", ")}, which nothing runs here. Give their handlers as \`others\`, or ` +
        "fakes: `others: [{ definition, handle: async () => result }]`.",
    );
  }
}

function isEndless({ invocations, observations }: World): boolean {
  return invocations >= MOST_INVOCATIONS || [...observations.values()].some(({ begun }) => begun >= MOST_BEGINNINGS);
}

function endless(world: World): string {
  const open = world.live().filter((job) => dueAtOf(job) !== undefined);
  const lines = open.slice(0, 5).map(({ id, status, history }) => {
    const endings = history.slice(-3).map(({ ending, code }) => (code === undefined ? ending : `${ending} ${code}`));
    return `${id} is ${status}; its handler began ${world.seen(id).begun} times, and its last attempts ended: ${endings.join(", ")}`;
  });
  return (
    `The run does not end: after ${world.invocations} invocations it is ${new Date(world.clock.now()).toISOString()}, and ` +
    `${lines.join("; ")}. Give \`limitMs\` to stop it earlier and look at it.`
  );
}
