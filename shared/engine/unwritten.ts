import type { Effect, LogLine, ProcessingJob, Progress, StepResult, SweepState } from "../job/job.ts";
import type { Changes, Path } from "../job/transitions/transition.ts";

/** Bytes of log lines that a row remembers, about; CloudWatch has them all. */
const MOST_LOG_BYTES = 6_000;
/** What a line's time, level and names take besides its message. */
const LINE_OVERHEAD_BYTES = 60;

/** What a run has learnt since its last write: it goes along with the next one. */
export class Unwritten {
  readonly steps = new Map<string, StepResult>();
  readonly effects = new Map<string, Effect>();
  readonly sweeps = new Map<string, SweepState>();
  progress: Progress | undefined;
  /** All children, once there is one that the row does not name. */
  children: readonly string[] | undefined;
  #lines: LogLine[] = [];

  /** Whether a step or effect of before would run again if the process died now. */
  get hasResults(): boolean {
    return this.steps.size + this.effects.size > 0;
  }

  keepLine(line: LogLine): void {
    this.#lines.push(line);
    // Trimmed now and then: a handler may log all day between two writes.
    if (this.#lines.length > MOST_LOG_BYTES / LINE_OVERHEAD_BYTES) this.#lines = lastLines(this.#lines);
  }

  /** For a write of this row. */
  changesOf(job: ProcessingJob): Changes {
    const lines = this.#lines.length === 0 ? undefined : lastLines([...(job.lines ?? []), ...this.#lines]);
    const sweeps = this.sweeps.size === 0 ? undefined : { ...job.sweeps, ...Object.fromEntries(this.sweeps) };
    const set = [
      ...entries("steps", this.steps),
      ...entries("effects", this.effects),
      ...Object.entries({ progress: this.progress, children: this.children, lines, sweeps }).flatMap(([name, value]) =>
        value === undefined ? [] : [{ path: [name] as const, value }],
      ),
    ];
    return { set, add: [], remove: [] };
  }

  /**
   * To be called before a write; what comes back forgets what that write has written. A parallel step or effect may have
   * kept more since: that stays.
   */
  remember(): () => void {
    const maps = [this.steps, this.effects, this.sweeps].map((map: Map<string, unknown>) => [map, [...map]] as const);
    const { progress, children } = this;
    const lastLine = this.#lines.at(-1);
    return () => {
      for (const [map, written] of maps) {
        for (const [name, value] of written) if (map.get(name) === value) map.delete(name);
      }
      if (this.progress === progress) this.progress = undefined;
      if (this.children === children) this.children = undefined;
      // All of it when that line was trimmed away meanwhile.
      if (lastLine !== undefined) this.#lines = this.#lines.slice(this.#lines.indexOf(lastLine) + 1);
    };
  }
}

const entries = (name: string, values: ReadonlyMap<string, unknown>): { path: Path; value: unknown }[] =>
  [...values].map(([key, value]) => ({ path: [name, key], value }));

/** The last lines, as many as a row remembers. */
function lastLines(lines: readonly LogLine[]): LogLine[] {
  let bytes = 0;
  const isTooMuch = ({ message }: LogLine) =>
    (bytes += LINE_OVERHEAD_BYTES + Buffer.byteLength(message)) > MOST_LOG_BYTES;
  return lines.slice(lines.findLastIndex(isTooMuch) + 1);
}
