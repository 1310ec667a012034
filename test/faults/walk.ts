import type { JobStatus } from "../../shared/job/job-state.ts";
import { Actors } from "./actors.ts";
import type { Call } from "./calls.ts";
import { canMeet } from "./enumerate.ts";
import { FAULTS, type Fault } from "./fault-plan.ts";
import type { Process } from "./process.ts";
import type { Random } from "./random.ts";
import { rootRowOf } from "./root-job.ts";
import { Settling, type Director } from "./settle.ts";
import type { World } from "./world.ts";

const SKEW_MS = 5 * 60_000;

/** How bad a walk's weather is. */
export interface Mood {
  readonly faultShare: number;
  readonly isSkewed: boolean;
  readonly isLagging: boolean;
  readonly hasCancels: boolean;
  readonly hasRedrives: boolean;
  readonly steps: number;
}

export const moodOf = (random: Random): Mood => ({
  faultShare: random.pick([0.05, 0.1, 0.25]),
  isSkewed: random.chance(0.5),
  isLagging: random.chance(0.5),
  hasCancels: random.chance(0.3),
  hasRedrives: random.chance(0.7),
  steps: 40 + random.below(200),
});

/** One random walk through a world, and the way back to calm. */
export class Walk implements Director {
  readonly mostSkewMs: number;
  readonly #world: World;
  readonly #random: Random;
  readonly #mood: Mood;
  readonly #actors: Actors;
  readonly #settling: Settling;
  #hasCancelled = false;

  constructor(world: World, random: Random, mood: Mood) {
    this.#world = world;
    this.#random = random;
    this.#mood = mood;
    this.mostSkewMs = mood.isSkewed ? SKEW_MS : 0;
    this.#actors = new Actors(world, (kind) => this.#skewMs(kind));
    this.#settling = new Settling(world, this.#actors, this);
  }

  async run(): Promise<boolean> {
    await this.#world.furnish();
    await this.#meetSchedules();
    await this.#actors.submit();
    for (let step = 0; step < this.#mood.steps; step += 1) await this.#move();
    this.#calm();
    return this.#settling.run();
  }

  /** Attempts may be used up, and a person may cancel. */
  alsoAllowed(): JobStatus[] {
    const { alsoEnds = [] } = this.#world.subject;
    return this.#hasCancelled ? ["failed", "cancelled", ...alsoEnds] : ["failed", ...alsoEnds];
  }

  readonly isLagging = (): boolean => false;

  pickCall<Each>(calls: readonly Each[]): Each | undefined {
    return calls.length === 0 ? undefined : this.#random.pick(calls);
  }

  pickMessage<Each>(messages: readonly Each[]): Each | undefined {
    return this.pickCall(messages);
  }

  async faultOf(call: Call): Promise<Fault | "none"> {
    if (this.#world.isCalm || !this.#random.chance(this.#mood.faultShare)) return "none";
    return this.#random.pick(FAULTS.filter((fault) => canMeet(call.name, fault)));
  }

  /** A schedule counts from the first look of the ticker on. */
  async #meetSchedules(): Promise<void> {
    if (this.#world.schedules.length === 0) return;
    await this.#actors.tick();
    await this.#settling.finish(() => true);
  }

  /** One thing happens. */
  async #move(): Promise<void> {
    const dice = this.#random.next();
    if (dice < 0.6) await this.#letSomething();
    else if (dice < 0.7) await this.#consume();
    else if (dice < 0.78) await this.#actors.tick();
    else if (dice < 0.9) await this.#advance([200, 1_000, 5_000, 30_000, 60_000]);
    else if (dice < 0.93) await this.#advance([120_000, 300_000, 800_000, 3_600_000]);
    else if (dice < 0.95) this.#redrive();
    else if (dice < 0.96) this.#actors.duplicate();
    else if (dice < 0.965) this.#stalePermit();
    else if (dice < 0.97) await this.#cancel();
    else await this.#resolve();
  }

  /** A call is let through or answered, or one that its client has given up is done at last. */
  async #letSomething(): Promise<void> {
    const world = this.#world;
    world.forgetTheDead();
    const late = this.#random.chance(0.1) ? world.lateCalls.shift() : undefined;
    if (late !== undefined) return world.perform(late);
    const call = this.pickCall(world.releasable());
    if (call === undefined) return this.#consume();
    if (call.answer !== undefined) return world.deliver(call);
    const fault = call.isStruck === true ? "none" : await this.faultOf(call);
    call.isStruck = true;
    await world.request(call, fault);
    // The answer may be long on its way, while others go on.
    const isAnswered = call.answer !== undefined && call.process.isAlive && !call.process.isFrozen;
    if (isAnswered && this.#random.chance(0.7)) await world.deliver(call);
  }

  async #consume(): Promise<void> {
    const { queue, now } = this.#world;
    const message = this.pickMessage(queue.messages.filter(({ visibleAt }) => visibleAt <= now));
    if (message === undefined) return;
    const isTwice = this.#random.chance(0.05);
    await this.#actors.consume(message);
    if (isTwice) message.visibleAt = now;
  }

  #advance(choices: readonly number[]): Promise<void> {
    return this.#world.advanceTo(this.#world.now + this.#random.pick(choices));
  }

  /** A person redrives any dead letter, and sometimes SQS delivers it and keeps it. */
  #redrive(): void {
    const { queue } = this.#world;
    if (!this.#mood.hasRedrives || queue.deadLetters.length === 0) return;
    const letter = this.#random.pick(queue.deadLetters);
    this.#world.say(`a person redrives ${letter.body}`);
    this.#world.isRepaired = true;
    queue.put(letter.type, letter.body);
    if (this.#random.chance(0.7)) queue.deadLetters.splice(queue.deadLetters.indexOf(letter), 1);
  }

  /** A permit of any run turns up: an old one that was long under way, or one that somebody made. */
  #stalePermit(): void {
    const { rows, queue, subject } = this.#world;
    const root = rootRowOf(this.#world);
    if (root === undefined) return;
    const { id, type } = subject.calls === undefined ? root : this.#random.pick(rows.rows());
    queue.put(type, JSON.stringify({ v: 1, type, id, run: 1 + this.#random.below(3) }));
  }

  async #cancel(): Promise<void> {
    if (!this.#mood.hasCancels || rootRowOf(this.#world) === undefined) return;
    this.#hasCancelled = true;
    await this.#actors.cancel();
  }

  async #resolve(): Promise<void> {
    const waiting = this.#world.rows.rows().find(({ status }) => status === "needs_review");
    if (waiting?.status !== "needs_review") return;
    await this.#actors.resolve(waiting.id, waiting.review.effect, this.#random.chance(0.3) ? "again" : "truth");
  }

  /** No more faults. Half of those that outlived their time are gone; the others go on. */
  #calm(): void {
    const world = this.#world;
    world.say("---- calm");
    world.isCalm = true;
    for (const process of world.processes) {
      if (process.isImmortal && this.#random.chance(0.5)) world.kill(process, "at last");
    }
  }

  #skewMs(kind: Process["kind"]): number {
    if (kind === "client" || !this.#mood.isSkewed || this.#world.isCalm) return 0;
    return Math.round((this.#random.next() * 2 - 1) * SKEW_MS);
  }
}
