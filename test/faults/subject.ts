import type { JobDefinition, JobExample } from "../../shared/job/define-job.ts";
import type { JobContext } from "../../shared/engine/job-context.ts";
import type { Enqueued } from "../../shared/engine/enqueue.ts";
import type { EpochMs } from "../../shared/job/job.ts";
import type { JobStatus } from "../../shared/job/job-state.ts";
import type { Services } from "../../shared/lambda/compose-services.ts";
import type { EnginePorts } from "./engine-ports.ts";
import type { Remains } from "./oracle.ts";
import type { RowMonitors } from "./row-monitors.ts";

/** What probes have besides a handler's services: facts of the world that outlive a process. */
export interface Outside {
  /** True the first time it is asked by this name, false ever after. */
  isFirst(name: string): boolean;
  /** Whether a person has mended what makes the probe fail. */
  readonly isRepaired: boolean;
  /** Never returns. */
  hang(): Promise<never>;
  /** Ends the process, as running out of memory does. */
  crash(): Promise<never>;
}

export type ProbeServices = Services & { readonly outside: Outside };

/** A job type and its handler, the payload's type forgotten. */
export interface HandledType {
  readonly definition: JobDefinition;
  readonly handle: (job: JobContext<never>, services: ProbeServices) => Promise<unknown>;
}

/** What a person does once nothing moves any more. */
export interface PersonsHabits {
  /** About an effect of unknown outcome: look whether it happened (the default), or have it done again, once. */
  readonly decides?: "truth" | "again";
  /** How often the dead letter of the failed job is redriven, the cause mended. */
  readonly redrives?: number;
}

/** An occurrence of one of the root type's schedules: what enqueues the root job. */
export interface Occurrence {
  readonly schedule: string;
  readonly at: EpochMs;
  /** The scheduler's own tick never comes: the ticker has to see that. */
  readonly isTickLost?: boolean;
}

/** One thing that a client wants: it asks until it is told that the job is accepted. */
export type ClientCall = (ports: EnginePorts) => Promise<Pick<Enqueued, "id" | "isNew">>;

/** A pause of the root's type. */
export interface PlannedPause {
  /** From the start, or from the moment before a person's first redrive. */
  readonly from: "start" | "redrive";
  readonly forMs: number;
}

/** What the harness runs: a job type's example, alone in a world with all the types that it may need. */
export interface Subject {
  /** The job type's name, with `/` and the scenario's where it is not the plain example. */
  readonly name: string;
  readonly root: HandledType;
  /** All types of the world, the root's included. */
  readonly types: readonly HandledType[];
  readonly payload: unknown;
  /** What is there from the start. */
  readonly records: NonNullable<JobExample<unknown>["records"]>;
  readonly files: NonNullable<JobExample<unknown>["files"]>;
  readonly person?: PersonsHabits;
  /** Who enqueues the root: a schedule, instead of an event or a client. */
  readonly occurrence?: Occurrence;
  /** The first permit never reaches the queue: the ticker has to bring the job. */
  readonly isPermitLost?: boolean;
  /** What its client asks for, one after the other; by default it enqueues the root, and nothing else. */
  readonly calls?: readonly ClientCall[];
  readonly pause?: PlannedPause;
  /** All jobs of the root's type are enqueued under one debounce key. */
  readonly isDebounced?: boolean;
  /** How else jobs may end where faults use up attempts and people redrive or cancel. */
  readonly alsoEnds?: readonly JobStatus[];
  /** Whether what is left is right although it is not what a run without faults leaves. */
  readonly isRightToo?: (found: Remains, rows: RowMonitors) => boolean;
  /** It makes so many calls that `--single` runs half of what it runs of others. */
  readonly isLong?: boolean;
  /** What one run leaves undone, the next one does: see `next-runs.ts`. */
  readonly isSweep?: boolean;
  /** It is of a job type of the catalog, not one of the harness's own probes. */
  readonly isOfCatalog?: boolean;
  /** Undisturbed, its job must end `completed`: it is a job type's own example. */
  readonly mustComplete?: boolean;
  /** Mails are taken, but nobody ever reports it. */
  readonly isUnreported?: boolean;
  /** Reports take so long. */
  readonly reportLagMs?: number;
  /** Messages that lie in the queues from the start although nobody should have sent them. */
  readonly strangeMessages?: (rootId: string) => readonly { readonly queue: string; readonly body: string }[];
}

/** A probe's example alone in a world with `types` beside its own. */
export function subjectOf(root: HandledType, { types = [], ...rest }: Partial<Subject> = {}): Subject {
  const { type, example } = root.definition;
  return {
    name: type,
    root,
    types: [root, ...types.filter((each) => each !== root)],
    payload: example?.payload,
    records: [],
    files: [],
    ...rest,
  };
}

/** Whether a subject is of a job type, or is that very scenario. */
export const isOf = ({ name }: Subject, type: string): boolean => name === type || name.startsWith(`${type}/`);

/** @throws Error when there is no subject of that name. */
export function subjectNamed(subjects: readonly Subject[], name: string): Subject {
  const subject = subjects.find((each) => each.name === name);
  if (subject !== undefined) return subject;
  throw new Error(`There is no "${name}". Known: ${subjects.map((each) => each.name).join(", ")}.`);
}
