import type { Findings } from "./findings.ts";

/** A schedule in which something was found, and what replays it. */
export interface Failure {
  readonly schedule: string;
  readonly violations: readonly string[];
}

/** The counts of a report, without its time. */
export type ReportedWork = Pick<Report, "schedules" | "lost" | "duplicated" | "stuck" | "failures" | "schedulesOf">;

/** Sums up a whole run of the harness. */
export class Report {
  readonly failures: Failure[] = [];
  readonly schedulesOf = new Map<string, number>();
  schedules = 0;
  lost = 0;
  duplicated = 0;
  stuck = 0;
  readonly #start = performance.now();

  add(subject: string, schedule: string, { violations, lost, duplicated, stuck }: Findings): void {
    this.schedules += 1;
    this.schedulesOf.set(subject, (this.schedulesOf.get(subject) ?? 0) + 1);
    this.lost += lost;
    this.duplicated += duplicated;
    this.stuck += stuck;
    if (violations.length > 0) this.failures.push({ schedule, violations: [...violations] });
  }

  /** Adds what another report has counted, which has come as plain data. */
  join(other: ReportedWork): void {
    for (const [subject, count] of other.schedulesOf)
      this.schedulesOf.set(subject, (this.schedulesOf.get(subject) ?? 0) + count);
    this.schedules += other.schedules;
    this.lost += other.lost;
    this.duplicated += other.duplicated;
    this.stuck += other.stuck;
    this.failures.push(...other.failures);
  }

  /** What `join` takes: of another thread's report, say. */
  work(): ReportedWork {
    const { schedules, lost, duplicated, stuck, failures, schedulesOf } = this;
    return { schedules, lost, duplicated, stuck, failures, schedulesOf };
  }

  get seconds(): number {
    return Math.round((performance.now() - this.#start) / 100) / 10;
  }

  /** One line for programs. */
  json(seed: number): string {
    const violations = this.failures.map(({ schedule, violations: found }) => `${schedule}: ${found.join("; ")}`);
    const { schedules, lost, duplicated, stuck, seconds } = this;
    const bySubject = Object.fromEntries(this.schedulesOf);
    return JSON.stringify({ schedules, lost, duplicated, stuck, violations, seed, seconds, bySubject });
  }

  /** A table and the failures, for people. */
  text(seed: number): string {
    const rows = [...this.schedulesOf].map(([subject, count]) => {
      const failed = this.failures.filter(({ schedule }) => schedule.split(":")[1] === subject).length;
      return `${subject.padEnd(34)} ${String(count).padStart(8)} ${String(failed).padStart(8)}`;
    });
    const head = `${"".padEnd(34)} schedules   failed`;
    const sum = `${this.schedules} schedules in ${this.seconds} s, seed ${seed}: ${this.lost} lost, ${this.duplicated} duplicated, ${this.stuck} stuck, ${this.failures.length} failed.`;
    return [head, ...rows, ...this.failures.slice(0, 20).flatMap(linesOf), sum].join("\n");
  }
}

const linesOf = ({ schedule, violations }: Failure): string[] => [
  `\nnpm run faults -- --replay ${schedule}`,
  ...violations.map((violation) => `  ${violation}`),
];
