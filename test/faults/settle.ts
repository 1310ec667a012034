import type { Job } from "../../shared/job/job.ts";
import type { MemoryMessage } from "../support/memory-job-queue.ts";
import type { Actors } from "./actors.ts";
import { isUndone, MOST_NEXT_RUNS } from "./next-runs.ts";
import { rootIdOf, rootRowOf } from "./root-job.ts";
import { START } from "../support/virtual-clock.ts";
import type { Call } from "./calls.ts";
import type { Fault } from "./fault-plan.ts";
import { dueAtOf } from "./row-monitors.ts";
import type { World } from "./world.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Ticks at the beginning of a world with a schedule. */
const FIRST_TICKS = 3;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** How long a world may take until nothing moves any more: longer than any message lives, with slack. */
const LONGEST_DAYS = 9;
/** Calls take a moment. */
const CALL_MS = 10;
/** A client that got no answer asks again after so long. */
const CLIENT_PAUSE_MS = 30_000;

/** Who decides in which order things happen, and what happens to calls. */
export interface Director {
  readonly pickCall: (calls: readonly Call[]) => Call | undefined;
  readonly pickMessage: (messages: readonly MemoryMessage[]) => MemoryMessage | undefined;
  /** Called once for each call that is let through. */
  readonly faultOf: (call: Call) => Promise<Fault | "none">;
  /** The index lags: the ticker may find something although nothing is due. */
  readonly isLagging: () => boolean;
  /** How fast a ticker's clock may be. */
  readonly mostSkewMs: number;
}

/** Runs a world, with a ticker each minute and people who do their part, until nothing moves. */
export class Settling {
  readonly #world: World;
  readonly #actors: Actors;
  readonly #director: Director;
  readonly #words = new Set<string>();
  #redrives = 0;
  #nextRuns = 0;
  #asksAgainAt = 0;

  constructor(world: World, actors: Actors, director: Director) {
    this.#world = world;
    this.#actors = actors;
    this.#director = director;
  }

  /** @returns false when something still moved after nine days. */
  async run(): Promise<boolean> {
    const end = this.#world.now + LONGEST_DAYS * DAY_MS;
    while (this.#world.now < end) {
      if (await this.step()) continue;
      if (this.#isStill()) {
        if (await this.#people()) continue;
        if (this.#world.openReports === 0) return true;
      }
      await this.#wait();
    }
    return false;
  }

  /** Does one thing that can be done now. */
  async step(): Promise<boolean> {
    const world = this.#world;
    world.forgetTheDead();
    const late = world.lateCalls.shift();
    if (late !== undefined) {
      world.say(`late: ${late.process.name} ${late.name}`);
      await world.perform(late);
      return true;
    }
    return (await this.#startWorker()) || this.#letThrough();
  }

  /** Lets one process make a call alone, to its end. */
  async finish(isOf: (call: Call) => boolean): Promise<void> {
    for (let call = this.#world.calls.find(isOf); call !== undefined; call = this.#world.calls.find(isOf)) {
      await this.#world.release(call, "none");
    }
  }

  async #startWorker(): Promise<boolean> {
    const { queue, now } = this.#world;
    const message = this.#director.pickMessage(queue.messages.filter(({ visibleAt }) => visibleAt <= now));
    if (message === undefined) return false;
    await this.#actors.consume(message);
    return true;
  }

  async #letThrough(): Promise<boolean> {
    const call = this.#director.pickCall(this.#world.releasable());
    if (call === undefined) return false;
    if (call.answer !== undefined) {
      await this.#world.deliver(call);
      return true;
    }
    const fault = call.isStruck === true ? "none" : await this.#director.faultOf(call);
    call.isStruck = true;
    await this.#world.release(call, fault);
    await this.#world.advanceTo(this.#world.now + CALL_MS);
    return true;
  }

  /** Nothing is left to do for anybody but a person. */
  #isStill(): boolean {
    const { calls, lateCalls, queue, rows, processes } = this.#world;
    const isMoving = calls.length + lateCalls.length + queue.messages.length > 0 || processes.size > 0;
    return !isMoving && this.#actors.isAccepted && !this.#isOccurrenceOpen() && rows.rows().every((job) => !isDue(job));
  }

  /** @returns whether a person found something to do. */
  async #people(): Promise<boolean> {
    const { rows, subject } = this.#world;
    const waiting = rows.rows().find(({ status }) => status === "needs_review");
    if (waiting?.status === "needs_review") {
      const key = `${waiting.id}/${waiting.review.effect}`;
      const decides = this.#words.has(key) ? "truth" : (subject.person?.decides ?? "truth");
      // Whoever said it once does not say it again because the answer got lost.
      if (decides === "again") this.#words.add(key);
      await this.#actors.resolve(waiting.id, waiting.review.effect, decides);
      return true;
    }
    return (await this.#redrive()) || this.#runNext();
  }

  /** Where a sweep was not done to its end, its next run comes. */
  async #runNext(): Promise<boolean> {
    if (this.#nextRuns >= MOST_NEXT_RUNS || !isUndone(this.#world)) return false;
    this.#nextRuns += 1;
    await this.#world.advanceTo(this.#world.now + HOUR_MS);
    await this.#actors.runNext(this.#nextRuns);
    return true;
  }

  async #redrive(): Promise<boolean> {
    const { queue, subject } = this.#world;
    if (this.#redrives >= (subject.person?.redrives ?? 0)) return false;
    const root = rootRowOf(this.#world);
    const letters = queue.deadLetters.filter(({ body }) => body.includes(rootIdOf(subject)));
    if (root?.status !== "failed" || letters.length === 0) return false;
    this.#redrives += 1;
    if (subject.pause?.from === "redrive") await this.#world.pause(subject.pause.forMs);
    this.#world.isRepaired = true;
    for (const letter of letters) {
      this.#world.say(`a person redrives ${letter.body}`);
      queue.deadLetters.splice(queue.deadLetters.indexOf(letter), 1);
      queue.put(letter.type, letter.body);
    }
    return true;
  }

  /** Lets time pass until something happens, or the ticker has something to find. */
  async #wait(): Promise<void> {
    const world = this.#world;
    if (await this.#askAgain()) return;
    const visible = world.queue.messages.map(({ visibleAt }) => visibleAt).filter((at) => at > world.now);
    const tickAt = this.#nextTickAt();
    const asksAt = this.#actors.isAccepted || this.#asksAgainAt <= world.now ? [] : [this.#asksAgainAt];
    const occurrence = this.#world.subject.occurrence?.at ?? 0;
    const occurrenceAt = occurrence > world.now ? [occurrence] : [];
    const next = Math.min(world.nextWake(), tickAt, ...visible, ...asksAt, ...occurrenceAt);
    await world.advanceTo(Math.max(Math.min(next, world.now + DAY_MS), world.now + 1));
    if (world.now >= tickAt) await this.#actors.tick();
  }

  /** @returns whether the client has begun to ask once more. */
  async #askAgain(): Promise<boolean> {
    const { processes, now } = this.#world;
    const isAsking = [...processes].some(({ kind }) => kind === "client");
    if (this.#actors.isAccepted || isAsking || this.#asksAgainAt > now) return false;
    const isFirstPause = this.#asksAgainAt === 0;
    this.#asksAgainAt = now + CLIENT_PAUSE_MS;
    if (!isFirstPause) await this.#actors.submit();
    return !isFirstPause;
  }

  /** The schedule's occurrence has no job yet, and none was decided against. */
  #isOccurrenceOpen(): boolean {
    const { subject, rows, ledger } = this.#world;
    const isDecidedAgainst = [...ledger.entries.values()].some(
      ({ decision }) => decision === "missed" || decision === "skipped",
    );
    return subject.occurrence !== undefined && !rows.versions.has(rootIdOf(subject)) && !isDecidedAgainst;
  }

  /** The ticker has to meet a schedule before its occurrences count; after that, it has nothing to find until one is due. */
  #isNearOccurrence(): boolean {
    const { subject, now } = this.#world;
    const at = subject.occurrence?.at ?? 0;
    return now < START + FIRST_TICKS * MINUTE_MS || now >= at;
  }

  /** Ticks that could find nothing are left out: they change nothing, which each run's last passes check. */
  #nextTickAt(): number {
    const { rows, now } = this.#world;
    const nextMinute = (Math.floor(now / MINUTE_MS) + 1) * MINUTE_MS;
    if (this.#director.isLagging()) return nextMinute;
    if (this.#isOccurrenceOpen() && this.#isNearOccurrence()) return nextMinute;
    const dueAts = rows
      .rows()
      .filter(isDue)
      .map((job) => dueAtOf(job) ?? Number.POSITIVE_INFINITY);
    const earliest = Math.min(...dueAts);
    return Math.max(nextMinute, Math.ceil((earliest - this.#director.mostSkewMs) / MINUTE_MS) * MINUTE_MS);
  }
}

/** Whether the ticker has to look at it some time. */
function isDue(job: Job): boolean {
  return job.status !== "needs_review" && dueAtOf(job) !== undefined;
}
