import { cancelJob, resolveJob } from "../../shared/engine/control.ts";
import { createEnqueue } from "../../shared/engine/enqueue.ts";
import type { JobContext } from "../../shared/engine/job-context.ts";
import { PauseBoard } from "../../shared/engine/pauses.ts";
import { tick } from "../../shared/engine/ticker.ts";
import { Worker } from "../../shared/engine/worker.ts";
import { jobTimes } from "../../shared/job/job-times.ts";
import type { EpochMs } from "../../shared/job/job.ts";
import type { Log } from "../../shared/ports/log.ts";
import type { Rate } from "../../shared/ports/rate-limiter.ts";
import type { ReportedReceipt } from "../../shared/ports/receipt-store.ts";
import type { MailPace } from "../../shared/ports/mail-pace.ts";
import type { OutgoingMail } from "../../shared/ports/mailer.ts";
import type { Messenger } from "../../shared/ports/messenger.ts";
import { SettingsCache } from "../../shared/records/settings-cache.ts";
import { SweepSettingsCache } from "../../shared/records/sweep-settings.ts";
import { FakePages } from "../../testing/fake-pages.ts";
import { fixedLinks } from "../support/fixed-links.ts";
import { gated } from "./calls.ts";
import { monitoredStore } from "./monitored-store.ts";
import type { Process } from "./process.ts";
import type { HandledType, ProbeServices } from "./subject.ts";
import type { World } from "./world.ts";

// The one place that knows what ports the engine takes: every call of a process to them waits for the world.

const SILENT: Log = { info: () => {}, warn: () => {}, error: () => {}, with: () => SILENT };
const NO_METRICS = { count: () => {}, gauge: () => {} };

export function enginePorts(world: World, process: Process) {
  return portsOf(world, process, (name, port) => gated(world.call.bind(world, process), name, port));
}

/** The ports of a process that meets no faults: its calls do not wait for the world. */
export const sparedPorts = (world: World, process: Process): EnginePorts => portsOf(world, process, (_, port) => port);

type Gate = <Port extends object>(name: string, port: Port) => Port;

function portsOf(world: World, process: Process, gate: Gate) {
  const { rows, effects, options } = world;
  const store = monitoredStore(process, {
    store: world.store,
    rows,
    onCreate: (job) => {
      rows.created(job);
      if (world.subject.isDebounced === true) world.waits.debounced(job);
    },
    onRead: (job) => world.limits.read(process, job),
    onWrite: (write) => {
      rows.wrote(write);
      effects.wrote(write);
      world.waits.wrote(write);
      world.limits.wrote(write, world.pauseOf(write.before.type));
    },
    lag: options.lag ?? (() => 0),
    say: (line) => world.say(`    ${line}`),
  });
  const base = {
    store: gate("store", store),
    queue: gate("queue", world.queue),
    receipts: gate("receipts", {
      find: world.receipts.find.bind(world.receipts),
      list: world.receipts.list.bind(world.receipts),
      put: async (report: ReportedReceipt) => {
        effects.reported(report);
        await world.receipts.put(report);
      },
    }),
    values: gate("values", world.values),
    ledger: gate("ledger", world.ledger),
    records: gate("flow", world.flow),
    limiter: gate("limiter", {
      reserve: async (rate: Rate, now: EpochMs) => {
        const at = await world.limiter.reserve(rate, now);
        world.limits.reserved(process, { key: rate.key, at });
        return at;
      },
      // Only the mail account's limiter asks so, which this world does without.
      reserveBy: (rate: Rate, now: EpochMs, latest: EpochMs) => world.limiter.reserveBy(rate, now, latest),
    }),
    clock: {
      now: () => world.now + process.skewMs,
      after: (delayMs: number, action: () => void) => world.after(delayMs, () => process.ring(action)),
    },
    ids: {
      newId: () => {
        const id = `id-${(world.ids += 1)}`;
        process.drawnIds.add(id);
        return id;
      },
      random: options.random ?? (() => 0),
    },
    log: SILENT,
    metrics: NO_METRICS,
    permitGraceMs: world.permitGraceMs,
    types: world.subject.types.map(({ definition }) => definition),
    schedules: world.schedules,
  };
  // A pause is read by every process: only where there is one does that read meet faults.
  const pausesRead = world.subject.pause === undefined ? world.flow : base.records;
  const pauses = new PauseBoard({ records: pausesRead, clock: base.clock });
  return { ...base, pauses, enqueue: createEnqueue(base) };
}

export type EnginePorts = ReturnType<typeof portsOf>;

/** The worker of a type, as its function makes it. */
export function workerOf(world: World, process: Process, { definition, handle }: HandledType): Worker<unknown> {
  const ports = enginePorts(world, process);
  const services = servicesOf(world, process, ports);
  return new Worker({
    ...ports,
    definition,
    times: jobTimes(definition.run),
    handler: async (job: JobContext<unknown>) => {
      world.effects.began(process, job, definition.retry.maxAttempts);
      world.waits.began(job);
      world.limits.began(process, job, definition);
      try {
        // Its payload was parsed by its own definition.
        return await handle(watched(world, process, job) as JobContext<never>, services);
      } finally {
        world.limits.ended(process);
      }
    },
  });
}

export const runTicker = (world: World, process: Process): Promise<unknown> =>
  tick(enginePorts(world, process), Number.POSITIVE_INFINITY);

export const runCancel = (world: World, process: Process, jobId: string): Promise<unknown> =>
  cancelJob(enginePorts(world, process), jobId);

export const runResolve = (
  world: World,
  process: Process,
  ...[jobId, effect, decision]: ResolveArgs
): Promise<unknown> => resolveJob(enginePorts(world, process), jobId, effect, decision, "ada");

type ResolveArgs = [jobId: string, effect: string, decision: Parameters<typeof resolveJob>[3]];

/** The same job, with an eye on its steps and children. */
function watched(world: World, process: Process, job: JobContext<unknown>): JobContext<unknown> {
  return {
    ...job,
    step: async (name, work) => {
      const before = world.effects.endedSteps(process);
      const result = await job.step(name, () => {
        world.effects.stepBegan(process, job.id, name, before);
        return work();
      });
      world.effects.stepEnded(process, name);
      return result;
    },
    waitForChildren: async (options) => {
      const outcomes = await job.waitForChildren(options);
      world.waits.told(job, outcomes, options?.onFailed !== "return");
      return outcomes;
    },
  };
}

/** Nobody else sends: each mail's turn is at once. */
const PACE: MailPace = { turn: () => Promise.resolve() };

function servicesOf(world: World, process: Process, { receipts, clock }: EnginePorts): ProbeServices {
  const call = world.call.bind(world, process);
  const records = gated(call, "records", world.records);
  const mailer = {
    send: async (mail: OutgoingMail) => {
      world.effects.sending(process, mail, `mail-${world.mailer.mails.length + 1}`);
      world.say(`    MAIL ${mail.jobId}/${mail.effect} to ${mail.to}`);
      return world.mailer.send(mail);
    },
  };
  return {
    files: gated(call, "files", world.files),
    mailer: gated(call, "mailer", mailer),
    mailPace: gated(call, "mailPace", PACE),
    links: fixedLinks,
    messenger: gated(call, "messenger", messengerOf(world, process)),
    records,
    settings: new SettingsCache(records, clock),
    sweepSettings: new SweepSettingsCache(records, clock),
    pages: gated(call, "pages", new FakePages()),
    receipts,
    clock,
    outside: {
      isFirst: (name) => !world.firsts.has(name) && world.firsts.add(name) !== undefined,
      get isRepaired() {
        return world.isRepaired;
      },
      hang: () => {
        process.isHanging = true;
        return new Promise(() => {});
      },
      crash: () => {
        world.kill(process, "of itself");
        return new Promise(() => {});
      },
    },
  };
}

function messengerOf(world: World, process: Process): Messenger {
  const { messenger, effects } = world;
  return {
    send: async (message) => {
      effects.sending(process, message, messenger.nextId);
      world.say(`    MESSAGE ${message.jobId}/${message.effect} to ${message.to}`);
      return messenger.send(message);
    },
    report: (id) => messenger.report(id),
    findSent: (message, since) => messenger.findSent(message, since),
  };
}
