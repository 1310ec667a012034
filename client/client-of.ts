import { cancelJob, dismissJob, resolveJob, type ControlPorts } from "../shared/engine/control.ts";
import { retryJob } from "../shared/engine/control/retry-job.ts";
import { createEnqueue, enqueueMany, type EnqueuePorts } from "../shared/engine/enqueue.ts";
import { enqueueBatch } from "../shared/engine/flow/batch.ts";
import { listJobs } from "../shared/engine/insight/list-jobs.ts";
import { listPauses, pause, resume, targetText, type PauseTarget } from "../shared/engine/pauses.ts";
import type { JobDefinition } from "../shared/job/define-job.ts";
import type { Job } from "../shared/job/job.ts";
import { check } from "./checks.ts";
import type { BacklineClient, ListQuery, WaitOptions } from "./client.ts";
import { InvalidCallError, UnknownJobError } from "./errors.ts";
import { viewOf, viewWithPayload, type JobView, type SettledJobView, type WithPayload } from "./job-view.ts";
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
    const job = await ports.store.get(id);
    const isExpired =
      job !== undefined && "expiresAt" in job && (job.expiresAt ?? Infinity) <= Math.floor(ports.clock.now() / 1000);
    return isExpired ? undefined : job;
  };
  const reasonFor = async (job: Job): Promise<string> =>
    reasonOf(
      ports,
      job,
      (await definitions()).find(({ type }) => type === job.type),
    );
  const controlPorts = async (): Promise<ControlPorts> => {
    const known = await definitions();
    const cancelledDaysOf = (type: string) => known.find((each) => each.type === type)?.retentionDays?.cancelled;
    return { ...ports, cancelledDaysOf };
  };

  async function get(id: string, options: { readonly payload: true }): Promise<WithPayload<JobView> | undefined>;
  async function get(id: string, options?: { readonly payload?: boolean }): Promise<JobView | undefined>;
  async function get(id: string, options: { readonly payload?: boolean } = {}): Promise<JobView | undefined> {
    check("get", "get", { ...options, id });
    const job = await read(id);
    if (job === undefined) return undefined;
    return options.payload === true ? viewWithPayload(ports.values, job) : viewOf(ports.values, job);
  }

  async function wait(id: string, options?: Omit<WaitOptions, "until">): Promise<SettledJobView>;
  async function wait(id: string, options?: WaitOptions): Promise<JobView>;
  async function wait(id: string, options: WaitOptions = {}): Promise<JobView> {
    check("wait", "wait", { ...options, id });
    const { timeoutMs = DEFAULT_WAIT_MS, signal, until = [] } = options;
    const waitPorts = { clock: ports.clock, sleep, read, reasonOf: reasonFor };
    return viewOf(ports.values, await waitForJob(waitPorts, id, { timeoutMs, signal, until }));
  }

  return {
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
      const types = (await definitions()).map(({ type }) => type);
      const { jobs, next } = await listJobs(ports, types, { ...rest, ...(cursor !== undefined && { after: cursor }) });
      return { jobs, ...(next !== undefined && { cursor: next }) };
    },
    wait,
    cancel: async (id) => {
      check("cancel", "id", { id });
      return cancelJob(await controlPorts(), id);
    },
    dismiss: async (id) => {
      check("dismiss", "id", { id });
      await dismissJob(await controlPorts(), id);
    },
    replay: async (id) => {
      check("replay", "id", { id });
      return retryJob(ports, id);
    },
    resolve: async (id, effect, decision, options) => {
      check("resolve", "resolve", { ...options, id, effect, decision });
      await resolveJob(ports, id, effect, decision, options.by);
    },
    why: async (id) => {
      check("why", "id", { id });
      const job = await read(id);
      if (job === undefined) throw new UnknownJobError(id);
      return reasonFor(job);
    },
    pause: async (target, options) => {
      check("pause", "pause", { target, options });
      refuseUnknown(target, await definitions());
      return (await pause(ports, target, options)).pause;
    },
    resume: async (target, options) => {
      // What is in the catalog no more may still be paused.
      check("resume", "resume", { target, options });
      return resume(ports, target, options.by);
    },
    pauses: () => listPauses(ports),
    close,
  };
}

/** A typing mistake must not pass for a pause. */
function refuseUnknown(target: PauseTarget, definitions: readonly JobDefinition[]): void {
  const isKnown = definitions.some(({ type, group }) =>
    "type" in target ? type === target.type : group === target.group,
  );
  if (!isKnown) throw new InvalidCallError("pause", [`there is no ${targetText(target)} in the catalog`]);
}
