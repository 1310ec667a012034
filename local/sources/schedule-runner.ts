import { randomUUID } from "node:crypto";

import type { Resource } from "../template/resources.ts";
import { LOCAL_ACCOUNT, LOCAL_REGION } from "../template/intrinsics.ts";
import { type NextFiring, readSchedule } from "./schedule-expression.ts";

export type Schedule = Pick<Resource<"AWS::Scheduler::Schedule">, "name" | "arn" | "properties">;

export interface ScheduleRunnerOptions {
  /** Real seconds per scheduled second: 1/30 makes a minute two seconds. */
  readonly timeScale: number;
  readonly deliver: (targetArn: string, input: string) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** Node's timers overflow past 24.8 days; longer waits are cut into such pieces. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** Firings of one schedule under way at most; a laptop that cannot keep up skips the next ones instead of drowning. */
const MOST_UNDER_WAY = 2;

/**
 * EventBridge Scheduler. Its clock runs faster than the machine's by `1 / timeScale`, so that rates and cron expressions
 * keep their relations in scaled tests.
 */
export class ScheduleRunner {
  readonly #options: ScheduleRunnerOptions;
  readonly #startedAt = Date.now();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #underWay = new Map<string, number>();

  constructor(options: ScheduleRunnerOptions) {
    this.#options = options;
  }

  /** @throws Error for an expression that cannot be read. */
  add(schedule: Schedule): void {
    const { ScheduleExpression, ScheduleExpressionTimezone } = schedule.properties;
    const now = this.#now();
    this.#wait(schedule, readSchedule(ScheduleExpression, ScheduleExpressionTimezone, now), now);
  }

  remove(name: string): void {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }

  stop(): void {
    for (const name of this.#timers.keys()) this.remove(name);
  }

  #now(): Date {
    return new Date(this.#startedAt + (Date.now() - this.#startedAt) / this.#options.timeScale);
  }

  #wait(schedule: Schedule, next: NextFiring, after: Date): void {
    const at = next(after);
    if (at === undefined) return;
    const waitMs = (at.getTime() - this.#now().getTime()) * this.#options.timeScale;
    const isTooLong = waitMs > LONGEST_TIMER_MS;
    const timer = setTimeout(
      () => {
        if (!isTooLong) this.#fire(schedule, at);
        this.#wait(schedule, next, isTooLong ? after : at);
      },
      Math.min(Math.max(waitMs, 0), LONGEST_TIMER_MS),
    );
    this.#timers.set(schedule.name, timer);
  }

  #fire(schedule: Schedule, at: Date): void {
    const underWay = this.#underWay.get(schedule.name) ?? 0;
    if (underWay >= MOST_UNDER_WAY) return;
    this.#underWay.set(schedule.name, underWay + 1);
    const { Target } = schedule.properties;
    this.#options
      .deliver(Target.Arn, inputOf(schedule, at))
      .catch(this.#options.onError)
      .finally(() => this.#underWay.set(schedule.name, (this.#underWay.get(schedule.name) ?? 1) - 1));
  }
}

/** The target's own input with Scheduler's context attributes put in, or the event that it sends without one. */
function inputOf({ arn, properties: { Target } }: Schedule, at: Date): string {
  const time = at.toISOString().replace(/\.\d+Z$/, "Z");
  const attributes: Readonly<Record<string, string>> = {
    "<aws.scheduler.schedule-arn>": arn,
    "<aws.scheduler.scheduled-time>": time,
    "<aws.scheduler.execution-id>": randomUUID(),
    "<aws.scheduler.attempt-number>": "1",
  };
  if (Target.Input !== undefined) {
    return Target.Input.replaceAll(/<aws\.scheduler\.[a-z-]+>/g, (name) => attributes[name] ?? name);
  }
  return JSON.stringify({
    version: "0",
    id: randomUUID(),
    "detail-type": "Scheduled Event",
    source: "aws.scheduler",
    account: LOCAL_ACCOUNT,
    time,
    region: LOCAL_REGION,
    resources: [arn],
    detail: "{}",
  });
}
