import type { EpochMs, Job } from "../../shared/job/job.ts";

export type ProcessKind = "client" | "worker" | "ticker" | "person";

export interface ProcessOptions {
  readonly name: string;
  readonly kind: ProcessKind;
  /** How wrong its clock is. */
  readonly skewMs: number;
  /** When Lambda kills it. */
  readonly killAt: EpochMs;
  /** Of a worker: its job type, and the run that its message names. */
  readonly type?: string;
  readonly messageRun?: number | undefined;
}

/** What a worker held when it claimed a job. */
export interface Held {
  /** Number of the store's write that was the claim. */
  readonly write: number;
  readonly at: EpochMs;
  readonly job: Job;
}

/** Something that calls the world and may die between any two of its calls: a function's process, a client, a person. */
export class Process {
  readonly name: string;
  readonly kind: ProcessKind;
  readonly skewMs: number;
  readonly killAt: EpochMs;
  readonly type: string | undefined;
  readonly messageRun: number | undefined;
  isDead = false;
  hasEnded = false;
  /** Waits for something that never comes, or runs for ever: nobody waits for its next call. */
  isHanging = false;
  isFrozen = false;
  /** Outlives its timeout, as a process that was frozen does. */
  isImmortal = false;
  /** One of its calls has met a fault. */
  isHurt = false;
  /** Calls that it waits for. */
  pendingCalls = 0;
  /** Every id that it has drawn, its claim tokens among them. */
  readonly drawnIds = new Set<string>();
  readonly held = new Map<string, Held>();
  /** Jobs that it has found waiting: whoever looks at one may run it, whatever run its message names. */
  readonly sawWaiting = new Set<string>();
  /** Jobs that it has found with a lease that was over. */
  readonly takesOver = new Set<string>();
  #deferred: (() => void)[] = [];

  constructor({ name, kind, skewMs, killAt, type, messageRun }: ProcessOptions) {
    this.name = name;
    this.kind = kind;
    this.skewMs = skewMs;
    this.killAt = killAt;
    this.type = type;
    this.messageRun = messageRun;
  }

  get isAlive(): boolean {
    return !this.isDead && !this.hasEnded;
  }

  /** Whether it does nothing until the world moves. */
  get isParked(): boolean {
    return !this.isAlive || this.pendingCalls > 0 || this.isHanging || this.isFrozen;
  }

  /** Its timers: they do not ring in a dead process, and late in a frozen one. */
  ring(action: () => void): void {
    if (!this.isAlive) return;
    if (this.isFrozen) this.#deferred.push(action);
    else action();
  }

  thaw(): void {
    this.isFrozen = false;
    this.isImmortal = true;
    const deferred = this.#deferred;
    this.#deferred = [];
    for (const action of deferred) action();
  }
}
