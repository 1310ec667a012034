import { cancelJob, dismissJob, resolveJob, type ControlPorts } from "../shared/engine/control.ts";
import { retryJob } from "../shared/engine/control/retry-job.ts";
import { createEnqueue, enqueueMany, type EnqueuePorts } from "../shared/engine/enqueue.ts";
import { enqueueBatch } from "../shared/engine/flow/batch.ts";
import { listJobs } from "../shared/engine/insight/list-jobs.ts";
import { listPauses, pause, resume, targetText, type PauseTarget } from "../shared/engine/pauses.ts";
import { IllegalMoveError } from "../shared/errors/job-errors.ts";
import type { JobDefinition } from "../shared/job/define-job.ts";
import type { Job } from "../shared/job/job.ts";
import { typeNamed } from "../shared/job/type-named.ts";
import { check } from "./checks.ts";
import type { BacklineClient, ListQuery, WaitOptions } from "./client.ts";
import { InvalidCallError, isJobId, UnknownJobError } from "./errors.ts";
import { viewOf, viewWithPayload, type JobView, type SettledJobView, type WithPayload } from "./job-view.ts";
import { reaching } from "./reaching.ts";
import { reasonOf } from "./reason-of.ts";
import { waitForJob, type Sleep } from "./wait-for-job.ts";

export type ClientPorts = EnqueuePorts & Omit<ControlPorts, "cancelledDaysOf">;

export interface ClientParts {
  readonly ports: ClientPorts;
  /** The types there are; asked for only by the calls that need them. */
  readonly definitions: () => Promise<readonly JobDefinition[]>;
  readonly sleep: Sleep;
  readonly close: () => void;
}

const DEFAULT_WAIT_MS = 60_000;

/** A client over any ports: those of AWS, or a test's. */
export function clientOf({ ports, definitions, sleep, close }: ClientParts): BacklineClient {
  const enqueueOne = createEnqueue(ports);

  /** TTL deletes days late: what has expired is gone all the same. */
  const read = async (id: string): Promise<Job | undefined> => {
    if (!isJobId(id)) return undefined;
    const job = await ports.store.get(id);
    const isExpired =
      job !== undefined && "expiresAt" in job && (job.expiresAt ?? Infinity) <= Math.floor(ports.clock.now() / 1000);
    return isExpired ? undefined : job;
  };
  const view = async (id: string): Promise<JobView | undefined> => {
    const job = await read(id);
    return job && viewOf(ports.values, job);
  };
  const controlPorts = async (): Promise<ControlPorts> => {
    const known = await definitions();
    const cancelledDaysOf = (type: string) => known.find((each) => each.type === type)?.retentionDays?.cancelled;
    return { ...ports, cancelledDaysOf };
  };
  /** A refused move of a job that is not there, or has expired, says so. */
  const steer = async <Outcome>(id: string, move: () => Promise<Outcome>): Promise<Outcome> => {
    if (!isJobId(id)) throw new UnknownJobError(id);
    try {
      return await move();
    } catch (error) {
      if (error instanceof IllegalMoveError && (await read(id)) === undefined) throw new UnknownJobError(id);
      throw error;
    }
  };

  async function get(id: string, options: { readonly payload: true }): Promise<WithPayload<JobView> | undefined>;
  async function get(id: string, options?: { readonly payload?: boolean }): Promise<JobView | undefined>;
  async function get(id: string, options: { readonly payload?: boolean } = {}): Promise<JobView | undefined> {
    check("get", "get", { ...options, id });
    if (options.payload !== true) return view(id);
    const job = await read(id);
    return job && viewWithPayload(ports.values, job);
  }

  async function wait(id: string, options?: Omit<WaitOptions, "until">): Promise<SettledJobView>;
  async function wait(id: string, options?: WaitOptions): Promise<JobView>;
  async function wait(id: string, options: WaitOptions = {}): Promise<JobView> {
    check("wait", "wait", { ...options, id });
    const { timeoutMs = DEFAULT_WAIT_MS, signal, until = [] } = options;
    return waitForJob({ clock: ports.clock, sleep, read: view }, id, { timeoutMs, signal, until });
  }

  const calls = {
    enqueue: async (definition, payload, options) => {
      check("enqueue", "enqueue", { definition, payload, options });
      return enqueueOne(definition, payload, options);
    },
    enqueueMany: async (jobs) => {
      check("enqueueMany", "enqueueMany", jobs);
      return enqueueMany(ports, jobs);
    },
    enqueueBatch: async (batch) => {
      check("enqueueBatch", "enqueueBatch", batch);
      return enqueueBatch(ports, batch);
    },
    get,
    list: async (query: ListQuery = {}) => {
      check("list", "list", query);
      const { cursor, ...rest } = query;
      const known = await definitions();
      const types = known.map(({ type }) => type);
      const { jobs, next } = await listJobs(ports, types, {
        ...rest,
        ...(rest.type !== undefined && { type: typeNamed(rest.type, known) }),
        ...(cursor !== undefined && { after: cursor }),
      });
      return { jobs, ...(next !== undefined && { cursor: next }) };
    },
    wait,
    cancel: async (id) => {
      check("cancel", "id", { id });
      return steer(id, async () => cancelJob(await controlPorts(), id));
    },
    dismiss: async (id) => {
      check("dismiss", "id", { id });
      await steer(id, async () => dismissJob(await controlPorts(), id));
    },
    replay: async (id) => {
      check("replay", "id", { id });
      return steer(id, () => retryJob(ports, id));
    },
    resolve: async (id, effect, decision, options) => {
      check("resolve", "resolve", { ...options, id, effect, decision });
      await steer(id, () => resolveJob(ports, id, effect, decision, options.by));
    },
    why: async (id) => {
      check("why", "id", { id });
      const job = await read(id);
      if (job === undefined) throw new UnknownJobError(id);
      const definition = (await definitions()).find(({ type }) => type === job.type);
      return reasonOf(ports, job, definition);
    },
    pause: async (target, options) => {
      check("pause", "pause", { target, options });
      const known = await definitions();
      const meant = withoutAlias(target, known);
      refuseUnknown(meant, known);
      return (await pause(ports, meant, options)).pause;
    },
    resume: async (target, options) => {
      // What is in the catalog no more may still be paused.
      check("resume", "resume", { target, options });
      return resume(ports, withoutAlias(target, await definitions()), options.by);
    },
    pauses: () => listPauses(ports),
  } satisfies Omit<BacklineClient, "close" | typeof Symbol.dispose>;
  return { ...reaching<typeof calls>(calls), close, [Symbol.dispose]: close };
}

const withoutAlias = (target: PauseTarget, definitions: readonly JobDefinition[]): PauseTarget =>
  "type" in target ? { type: typeNamed(target.type, definitions) } : target;

/** A typing mistake must not pass for a pause. */
function refuseUnknown(target: PauseTarget, definitions: readonly JobDefinition[]): void {
  const isKnown = definitions.some(({ type, group }) =>
    "type" in target ? type === target.type : group === target.group,
  );
  if (!isKnown) throw new InvalidCallError("pause", [`there is no ${targetText(target)} in the catalog`]);
}
