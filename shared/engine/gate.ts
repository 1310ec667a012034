import type { Permit } from "../contracts/messages.ts";
import type { RateLimit } from "../job/define-job.ts";
import type { Job, PendingJob, RetryingJob } from "../job/job.ts";
import { isTerminal } from "../job/job-state.ts";
import { LONGEST_HIDE_SECONDS, MAX_RETURNS } from "../job/job-times.ts";
import { restart } from "../job/transitions/control.ts";
import { putOff, takeRateSlot } from "../job/transitions/flow.ts";
import { enterLine } from "./flow/lanes.ts";
import { giveSlotBack, takeSlot, type Holder, type Taking } from "./limits/concurrency-slots.ts";
import { dueAheadOf } from "./new-job.ts";
import type { Delivery } from "./delivery.ts";
import { ACKNOWLEDGE, hiddenUntil, returnedUntil, type Outcome } from "./outcome.ts";
import type { WorkerPorts } from "./worker-ports.ts";

/** Jobs that a permit may be used for, best first, each with the slot that it holds for its claim; or what stands in the way. */
export type Passed =
  | {
      readonly candidates: AsyncIterable<Candidate>;
      /** Any job of the type will do: one that is refused says nothing about the message. */
      readonly isAnyones: boolean;
    }
  /** Its row lets nobody claim it: no claim is tried, for it would pass by the limits if the row changed meanwhile. */
  | { readonly refused: Job | undefined }
  | { readonly outcome: Outcome };

/** A job to try to claim. */
export interface Candidate {
  readonly permit: Permit;
  readonly slot?: Holder;
}

/** A job that waits for nothing but a worker. */
type ReadyJob = PendingJob | RetryingJob;

/**
 * Between two looks at a concurrency key whose slots are all taken: doubled each time; then every minute. They are for what
 * was not put in line, and for a slot whose hand-over was lost.
 */
const FIRST_TRY_MS = 1_000;
const LATER_TRY_MS = 60_000;
/** A turn whose permit was lost is found out so late. */
const TURN_LOST_MS = 5 * 60_000;
/** Best-first candidates that a permit looks at. Each one that is lost was taken by another worker in that moment. */
const MOST_CANDIDATES = 25;

/**
 * Whether a permit may be used now, and for which job. Only types with limits, priorities or a pause cost a read here;
 * every other permit is for its own job.
 *
 * ```
 * paused? ──► concurrency key ──► rate limit ──► claim of its own job
 *        └──► prioritised: claim of the best ready job
 * ```
 */
export async function passGate<Payload>(
  ports: WorkerPorts<Payload>,
  permit: Permit,
  { receiveCount, hasCompany = false }: Pick<Delivery, "receiveCount" | "hasCompany">,
): Promise<Passed> {
  const { definition, store, clock } = ports;
  const { isPrioritised = false, limits = {} } = definition;
  const pause = await ports.pauses.pauseOf(definition);
  const isPlain = !isPrioritised && limits.rate === undefined && limits.concurrency === undefined;
  if (isPlain && pause === undefined) return onlyFor({ permit });
  const job = await store.get(permit.id);
  const isOrdinary = job !== undefined && job.type === permit.type && job.run === permit.run;
  // It would be refused for its company, and its slot would stand idle.
  if (isOrdinary && hasCompany && job.attempts > 0) return { refused: job };
  if (isOrdinary && isLeaseOver(job, clock.now())) return goingOn(ports, job, receiveCount);
  if (pause !== undefined && job !== undefined) return atPause(ports, permit, job);
  if (!isOrdinary || ("dlqOwed" in job && job.dlqOwed)) return { refused: job };
  if (isPrioritised) return isLeaveForAny(job, clock.now()) ? bestOf(ports, job) : { refused: job };
  return isReady(job, clock.now()) ? withinLimits(ports, job, receiveCount) : { refused: job };
}

const isLeaseOver = (job: Job, now: number): boolean => job.status === "processing" && job.leaseUntil <= now;

/**
 * A job whose worker has died goes on: it takes over the slot of its concurrency key. Its attempt takes a slot of the rate
 * limit too, and does not wait for it: those after it do.
 */
async function goingOn<Payload>(ports: WorkerPorts<Payload>, job: Job, receiveCount: number): Promise<Passed> {
  const slot = await slotFor(ports, job);
  if (typeof slot === "string") return { outcome: returnedUntil(ports.clock.now() + LATER_TRY_MS, receiveCount) };
  await reserveRateSlot(ports, job);
  return onlyFor({ permit: permitOf(job), ...(slot && { slot }) });
}

const onlyFor = (candidate: Candidate): Passed => ({ candidates: one(candidate), isAnyones: false });

// oxlint-disable-next-line typescript/require-await -- an async iterable of what is there already
async function* one(candidate: Candidate): AsyncGenerator<Candidate> {
  yield candidate;
}

const isReady = (job: Job, now: number): job is ReadyJob =>
  (job.status === "pending" || job.status === "retrying") && job.runAt <= now;

/**
 * A permit that comes during a pause is used up: its row is due, and the ticker sends another when the pause is over. A
 * replay begins the job's next run first, or its message would be lost.
 */
async function atPause<Payload>(ports: WorkerPorts<Payload>, permit: Permit, job: Job): Promise<Passed> {
  const { store, clock, times } = ports;
  const now = clock.now();
  if (job.status === "failed" && job.type === permit.type && permit.run === job.run + 1) {
    await store.apply(job.id, restart({ type: job.type, run: job.run, now, graceMs: times.permitGraceMs }));
    return { outcome: ACKNOWLEDGE };
  }
  if (!isReady(job, now) || job.run !== permit.run) return { refused: job };
  if (job.priority !== undefined) await enterLine(ports, job, now);
  // Permits of before have put off the ticker's next look by up to an hour.
  if (job.permits > 0) await store.apply(job.id, putOff({ run: job.run, runAt: job.runAt, dueAt: now, now }));
  return { outcome: ACKNOWLEDGE };
}

/** A job of its own permit, within its type's limits: first a slot of its concurrency key, then one of its rate limit. */
async function withinLimits<Payload>(
  ports: WorkerPorts<Payload>,
  job: ReadyJob,
  receiveCount: number,
): Promise<Passed> {
  const permit = permitOf(job);
  const slot = await slotFor(ports, job);
  if (typeof slot === "string") return { outcome: await tryLater(ports, job, { receiveCount, found: slot }) };
  const held = slot === undefined ? { permit } : { permit, slot };
  const slotAt = await rateSlotOf(ports, job);
  if (slotAt <= ports.clock.now()) return onlyFor(held);
  if (slot !== undefined) await giveSlotBack(ports, slot, ports.clock.now());
  return { outcome: await waitForRate(ports, job, { slotAt, receiveCount }) };
}

const permitOf = ({ type, id, run }: Pick<Job, "type" | "id" | "run">): Permit => ({ v: 1, type, id, run });

/** A slot of the job's concurrency key for its next claim; nothing where the type has no such limit. */
async function slotFor<Payload>(
  { definition, records, clock, times, ids }: WorkerPorts<Payload>,
  job: Job,
  mayStandInLine = true,
): Promise<Holder | Exclude<Taking, "taken"> | undefined> {
  const { concurrency } = definition.limits ?? {};
  if (concurrency === undefined) return undefined;
  const { limit, name } = concurrency;
  const isAnyones = definition.isPrioritised === true;
  const key = job.concurrencyKey ?? name;
  const holder = { key, limit, job, epoch: job.epoch + 1, token: ids.newId(), isAnyones };
  const taking = { leaseMs: times.leaseMs, now: clock.now(), mayStandInLine };
  const taken = await takeSlot({ records }, holder, taking);
  return taken === "taken" ? holder : taken;
}

/**
 * A slot that was not used in time is lost: else all that have waited through a pause would begin at once. SQS hides
 * messages for whole seconds, and a poller may have others first; of a slow limit, a slot is good until the next one's time.
 */
const SHORTEST_SLOT_LIFE_MS = 10_000;
const slotLifeMs = ({ limit, perSeconds }: Pick<RateLimit<never>, "limit" | "perSeconds">): number =>
  Math.max(SHORTEST_SLOT_LIFE_MS, (perSeconds * 1000) / limit);

/** When its rate limit lets the next attempt begin. */
async function rateSlotOf<Payload>(ports: WorkerPorts<Payload>, job: ReadyJob): Promise<number> {
  const now = ports.clock.now();
  const { rate } = ports.definition.limits ?? {};
  if (rate === undefined || job.rateSlotAt === undefined) return reserveRateSlot(ports, job);
  // A person who wants it now has not moved its turn.
  if (job.rateSlotAt > now) return job.rateSlotAt;
  return now - job.rateSlotAt <= slotLifeMs(rate) ? now : reserveRateSlot(ports, job);
}

async function reserveRateSlot<Payload>(
  { definition, limiter, clock }: WorkerPorts<Payload>,
  job: Pick<Job, "rateKey">,
): Promise<number> {
  const { rate } = definition.limits ?? {};
  if (rate === undefined) return clock.now();
  const { name, limit, perSeconds, burst } = rate;
  const key = job.rateKey ?? name;
  return limiter.reserve({ key, limit, perSeconds, ...(burst !== undefined && { burst }) }, clock.now());
}

/** The slot is written on the row, then the message is hidden until it comes. Died in between: another slot is taken. */
async function waitForRate<Payload>(
  { store, clock, times }: WorkerPorts<Payload>,
  job: ReadyJob,
  { slotAt, receiveCount }: { readonly slotAt: number; readonly receiveCount: number },
): Promise<Outcome> {
  const now = clock.now();
  const isMessageKept = receiveCount < MAX_RETURNS && slotAt - now <= LONGEST_HIDE_SECONDS * 1000;
  const dueAt = isMessageKept ? slotAt + times.permitGraceMs : dueAheadOf(slotAt, times.permitGraceMs);
  await store.apply(job.id, takeRateSlot({ run: job.run, slotAt, dueAt, now, forfeited: job.rateSlotAt }));
  // Refused: another copy of the permit got one, or somebody cancelled it. This copy finds out then.
  return isMessageKept ? hiddenUntil(slotAt) : ACKNOWLEDGE;
}

/**
 * All slots of its key are taken. In line, its turn comes with a permit, and the ticker only looks whether that was lost;
 * else it tries again: soon, a few times, then every minute, as it does where the line is full. No attempt is used.
 */
export async function tryLater<Payload>(
  { store, clock, ids }: WorkerPorts<Payload>,
  job: ReadyJob,
  { receiveCount, found }: { readonly receiveCount: number; readonly found: Exclude<Taking, "taken"> },
): Promise<Outcome> {
  const now = clock.now();
  if (found === "none" && receiveCount < MAX_RETURNS) return hiddenUntil(now + FIRST_TRY_MS * 2 ** receiveCount);
  const pauseMs = (found === "in line" ? TURN_LOST_MS : LATER_TRY_MS) * (0.5 + ids.random() / 2);
  // It stays due: since when it could run is what the alarm of old work goes by.
  await store.apply(job.id, putOff({ run: job.run, runAt: job.runAt, dueAt: now + Math.round(pauseMs), now }));
  return ACKNOWLEDGE;
}

/** Whether a permit of a prioritised type's job is leave to run any: its own job is ready, being worked on, or has ended. */
function isLeaveForAny(job: Job, now: number): boolean {
  const isHeld = job.status === "processing" && job.leaseUntil > now;
  return isReady(job, now) || isHeld || isTerminal(job.status) || job.status === "needs_review";
}

/** The best ready jobs of a prioritised type. Its own job is made ready first, and stands in where the list lags behind. */
async function bestOf<Payload>(ports: WorkerPorts<Payload>, job: Job): Promise<Passed> {
  if (isReady(job, ports.clock.now())) await enterLine(ports, job, ports.clock.now());
  return { candidates: readyCandidates(ports, job), isAnyones: true };
}

async function* readyCandidates<Payload>(ports: WorkerPorts<Payload>, job: Job): AsyncGenerator<Candidate> {
  const { store, ids, clock, definition } = ports;
  const [best, ...rest] = await store.ready(definition.type, MOST_CANDIDATES);
  // Whoever loses the best one has company: the next ones are tried from a place of its own.
  const start = Math.floor(ids.random() * rest.length);
  const inTurn = [...(best === undefined ? [] : [best]), ...rest.slice(start), ...rest.slice(0, start)];
  const full = new Set<string>();
  for (const { id, run, concurrencyKey } of inTurn) {
    // Its own job is tried all the same: it stands in line then.
    if (id !== job.id && concurrencyKey !== undefined && full.has(concurrencyKey)) continue;
    const candidate = await candidateOf(ports, { type: definition.type, id, run }, id === job.id);
    if (candidate !== undefined) yield candidate;
    else if (concurrencyKey !== undefined) full.add(concurrencyKey);
  }
  const isListed = inTurn.some(({ id }) => id === job.id);
  const own = !isListed && isReady(job, clock.now()) ? await candidateOf(ports, permitOf(job), true) : undefined;
  if (own !== undefined) yield own;
}

/** A candidate with its slot, where its type has a concurrency limit; nothing when there is none to be had. */
async function candidateOf<Payload>(
  ports: WorkerPorts<Payload>,
  named: Pick<Job, "type" | "id" | "run">,
  mayStandInLine: boolean,
): Promise<Candidate | undefined> {
  const permit = permitOf(named);
  if (ports.definition.limits?.concurrency === undefined) return { permit };
  const job = await ports.store.get(named.id);
  if (job === undefined || !isReady(job, ports.clock.now())) return undefined;
  const slot = await slotFor(ports, job, mayStandInLine);
  return typeof slot === "string" || slot === undefined ? undefined : { permit, slot };
}
