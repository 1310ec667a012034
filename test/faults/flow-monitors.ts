import type { Job } from "../../shared/job/job.ts";
import { isTerminal, type JobStatus } from "../../shared/job/job-state.ts";
import type { ChildOutcome } from "../../shared/engine/flow/children.ts";
import type { JobContext } from "../../shared/engine/job-context.ts";
import type { Findings } from "./findings.ts";
import type { RowMonitors, RowWrite } from "./row-monitors.ts";

/** Settling moves that use no attempt. */
const FREE_MOVES = new Set(["snooze", "wait"]);

/** Watches jobs that wait for others: what sets them free has really ended. */
export class FlowMonitors {
  readonly #findings: Findings;
  readonly #rows: RowMonitors;

  constructor(findings: Findings, rows: RowMonitors) {
    this.#findings = findings;
    this.#rows = rows;
  }

  wrote(write: RowWrite): void {
    const { name, before, after } = write;
    if (before.status === "waiting") this.#checkWaited(write, before.waitingFor);
    if (FREE_MOVES.has(name) && after.attempts !== Math.max(0, before.attempts - 1))
      this.#bad(after, `has ${after.attempts} attempts after a ${name}, and had ${before.attempts}`);
    if (name === "continue" && after.attempts !== 0) this.#bad(after, "goes on without counting its attempts anew");
  }

  /** A job is put under the one debounce key of its type: none that could still take its payload is there. */
  debounced({ id, type }: Job): void {
    const open = this.#rows
      .rows()
      .find((job) => job.type === type && job.id !== id && job.epoch === 0 && !isTerminal(job.status));
    if (open !== undefined) this.#badId(id, `was put although ${open.id}, which has not begun, could take its payload`);
  }

  /** User code begins: all that the job was put to wait for has ended, and as its policy wants. */
  began({ id, attempt }: Pick<JobContext<unknown>, "id" | "attempt">): void {
    const [first, ...later] = this.#rows.versions.get(id) ?? [];
    if (first === undefined || first.status !== "waiting") return;
    const job = later.at(-1) ?? first;
    const open = first.waitingFor.filter((each) => !this.#hasEnded(each));
    if (open.length > 0) this.#bad(job, `began its attempt ${attempt} before ${open.join(", ")} had ended`);
    const failed = first.waitingFor.filter((each) => !this.#hasBeen(each, "completed"));
    // In a later run a person has replayed it.
    if (failed.length > 0 && job.run === 1 && first.onDependencyFailed !== "run")
      this.#bad(job, `ran although ${failed.join(", ")} did not complete`);
  }

  /** A handler was told how its job's children have ended. */
  told({ id }: Pick<JobContext<unknown>, "id">, outcomes: readonly ChildOutcome[], isEager: boolean): void {
    const children = this.#rows.rows().filter(({ parent }) => parent?.id === id);
    const told = new Set(outcomes.map((each) => each.id));
    const untold = children.filter((child) => !told.has(child.id));
    if (untold.length > 0) this.#badId(id, `was told of ${told.size} children, and has ${children.length}`);
    for (const { id: childId, status } of outcomes) {
      if (!this.#hasBeen(childId, status)) this.#badId(id, `was told that ${childId} is ${status}`);
      if (isEager && status !== "completed") this.#badId(id, `was told of ${childId}, which is ${status}, and goes on`);
    }
  }

  /** What was written about a row when it left its waiting, or was looked at. */
  #checkWaited({ name, before, after }: RowWrite, waitingFor: readonly string[]): void {
    const isLeft = (id: string) => after.status === "waiting" && after.waitingFor.includes(id);
    if (name === "cancel") return;
    const dropped = waitingFor.filter((id) => !isLeft(id) && !this.#hasEnded(id));
    const failed = waitingFor.filter((id) => this.#hasBeen(id, "failed") || this.#hasBeen(id, "cancelled"));
    const isGivenUp = name === "forgo" || (name === "wake" && "failing" in after && after.failing !== undefined);
    const { onDependencyFailed = "cancel" } = before;
    if (isGivenUp) {
      if (failed.length === 0) this.#bad(after, `was given up although nothing that it waits for has failed`);
      if (onDependencyFailed !== (name === "forgo" ? "cancel" : "fail"))
        this.#bad(after, `whose policy is ${onDependencyFailed}, was given up by ${name}`);
      return;
    }
    const isWokenEarly = name === "wake" && onDependencyFailed === "wake" && failed.length > 0;
    if (dropped.length > 0 && !isWokenEarly) this.#bad(after, `waits no more for ${dropped.join(", ")}, by ${name}`);
  }

  /** Whether it has ended at some time: a person may have had it run again since. */
  #hasEnded(id: string): boolean {
    return this.#versionsOf(id).some(({ status }) => isTerminal(status));
  }

  #hasBeen(id: string, status: JobStatus): boolean {
    return this.#versionsOf(id).some((version) => version.status === status);
  }

  #versionsOf(id: string): readonly Job[] {
    return this.#rows.versions.get(id) ?? [];
  }

  #bad({ id }: Pick<Job, "id">, text: string): void {
    this.#badId(id, text);
  }

  #badId(id: string, text: string): void {
    this.#findings.violation(`job ${id} ${text}`);
  }
}
