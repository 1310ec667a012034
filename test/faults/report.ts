import type { Findings } from "./findings.ts";

/** A schedule in which something was found, and what replays it. */
export interface Failure {
  readonly schedule: string;
  readonly violations: readonly string[];
}

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

  get seconds(): number {
    return Math.round((performance.now() - this.#start) / 100) / 10;
  }

  /** One line for programs. */
  json(seed: number): string {
    const violations = this.failures.map(({ schedule, violations: found }) => `${schedule}: ${found.join("; ")}`);
    const { schedules, lost, duplicated, stuck, seconds } = this;
    return JSON.stringify({ schedules, lost, duplicated, stuck, violations, seed, seconds });
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
