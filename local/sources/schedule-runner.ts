import { randomUUID } from "node:crypto";

import type { Resource } from "../template/resources.ts";
import { LOCAL_ACCOUNT, LOCAL_REGION } from "../template/intrinsics.ts";
import { type NextFiring, readSchedule } from "./schedule-expression.ts";

export type Schedule = Pick<Resource<"AWS::Scheduler::Schedule">, "name" | "arn" | "properties">;

export interface ScheduleRunnerOptions {
  /** Real seconds per second of a rate: 1/30 makes a minute two seconds. */
  readonly timeScale: number;
  readonly deliver: (targetArn: string, input: string) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** Node's timers overflow past 24.8 days; longer waits are cut into such pieces. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/**
 * Invocations of a function by one schedule under way at most: a laptop that cannot keep up skips the next ones instead of
 * drowning. A queue takes whatever comes, and each of its messages counts.
 */
const MOST_UNDER_WAY = 2;

/** A clock by which schedules run, and how many of its milliseconds pass in one of the machine's. */
interface ScheduleClock {
  readonly speed: number;
  now(): Date;
}

const MACHINE_CLOCK: ScheduleClock = { speed: 1, now: () => new Date() };

/**
 * EventBridge Scheduler. Rates run faster by `1 / timeScale`, as all of the engine's durations do. `cron` and `at` name
 * times of the day: these stay the machine's own, because the functions that get the scheduled time compare it with it.
 */
export class ScheduleRunner {
  readonly #options: ScheduleRunnerOptions;
  readonly #rateClock: ScheduleClock;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #underWay = new Map<string, number>();

  constructor(options: ScheduleRunnerOptions) {
    this.#options = options;
    this.#rateClock = clockFrom(Date.now(), 1 / options.timeScale);
  }

  /** @throws Error for an expression that cannot be read. */
  add(schedule: Schedule): void {
    const { ScheduleExpression, ScheduleExpressionTimezone } = schedule.properties;
    const clock = ScheduleExpression.trim().startsWith("rate(") ? this.#rateClock : MACHINE_CLOCK;
    const now = clock.now();
    const next = readSchedule(ScheduleExpression, ScheduleExpressionTimezone, now);
    this.#wait({ schedule, next, clock }, now);
  }

  remove(name: string): void {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }

  stop(): void {
    for (const name of this.#timers.keys()) this.remove(name);
  }

  #wait(planned: PlannedSchedule, after: Date): void {
    const { schedule, next, clock } = planned;
    const at = next(after);
    if (at === undefined) return;
    const waitMs = (at.getTime() - clock.now().getTime()) / clock.speed;
    const isTooLong = waitMs > LONGEST_TIMER_MS;
    const timer = setTimeout(
      () => {
        if (!isTooLong) this.#fire(schedule, at);
        this.#wait(planned, isTooLong ? after : at);
      },
      Math.min(Math.max(waitMs, 0), LONGEST_TIMER_MS),
    );
    this.#timers.set(schedule.name, timer);
  }

  #fire(schedule: Schedule, at: Date): void {
    const { Target } = schedule.properties;
    const underWay = this.#underWay.get(schedule.name) ?? 0;
    if (underWay >= MOST_UNDER_WAY && !isQueue(Target.Arn)) return;
    this.#underWay.set(schedule.name, underWay + 1);
    this.#options
      .deliver(Target.Arn, inputOf(schedule, at))
      .catch(this.#options.onError)
      .finally(() => this.#underWay.set(schedule.name, (this.#underWay.get(schedule.name) ?? 1) - 1));
  }
}

interface PlannedSchedule {
  readonly schedule: Schedule;
  readonly next: NextFiring;
  readonly clock: ScheduleClock;
}

/** A clock that shows the machine's time at `startMs`, and from there runs `speed` times as fast. */
const clockFrom = (startMs: number, speed: number): ScheduleClock => ({
  speed,
  now: () => new Date(startMs + (Date.now() - startMs) * speed),
});

const isQueue = (arn: string): boolean => arn.startsWith("arn:aws:sqs:");

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
