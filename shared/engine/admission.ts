import type { EventMessage, Permit, QueueMessage, TickMessage } from "../contracts/messages.ts";
import { IdempotencyConflictError, InvalidPayloadError, PayloadTooLargeError } from "../errors/job-errors.ts";
import type { EpochMs, PendingJob } from "../job/job.ts";
import { SHORTEST_RETENTION_DAYS } from "../job/job-times.ts";
import { occurrenceOf } from "../job/occurrences.ts";
import { jobIdFor, type EnqueueOptions } from "./new-job.ts";
import { putJob } from "./put-job.ts";
import type { WorkerPorts } from "./worker-ports.ts";
import { compactTime, epochOf } from "./iso-time.ts";
import { ACKNOWLEDGE, park, returnedUntil, type Outcome } from "./outcome.ts";
import { decideOccurrence } from "./schedule-decision.ts";

/** What a message lets its consumer do: look at a row, or nothing. */
export type Admitted = { readonly permit: Permit } | { readonly outcome: Outcome };

/** How long an occurrence that waits its turn stays in the queue before it asks again; after a few times the ticker reminds it. */
const TURN_PAUSE_MS = 15_000;
/** A scheduler's clock may be wrong by some minutes; a tick further ahead is nobody's. */
const FURTHEST_AHEAD_MS = 15 * 60_000;
/** No message lives longer: a tick this old, of a run whose row has been forgotten, was read out of some archive. */
const OLDEST_MS = SHORTEST_RETENTION_DAYS * 24 * 60 * 60_000;

/** Turns a message into leave to look at a row. An event or a tick has no row yet: it is put if it is absent. */
export async function admit<Payload>(
  ports: WorkerPorts<Payload>,
  message: QueueMessage,
  receiveCount: number,
): Promise<Admitted> {
  if ("event" in message) return admitEvent(ports, message);
  return "tick" in message ? admitTick(ports, message, receiveCount) : { permit: message };
}

/** Its row's id is the event's own, so that a second delivery of it is the same job. */
async function admitEvent<Payload>(ports: WorkerPorts<Payload>, { event }: EventMessage): Promise<Admitted> {
  try {
    return await put(ports, event.data, { idempotencyKey: event.id });
  } catch (error) {
    if (error instanceof InvalidPayloadError || error instanceof PayloadTooLargeError) {
      return { outcome: park("INVALID_EVENT") }; // it can never become a job
    }
    throw error;
  }
}

/** The ledger says what becomes of an occurrence; the row's id is the schedule's name and the occurrence's time. */
async function admitTick<Payload>(
  ports: WorkerPorts<Payload>,
  { tick }: TickMessage,
  receiveCount: number,
): Promise<Admitted> {
  const { definition, clock, times, log, metrics } = ports;
  const schedule = definition.schedules?.find(({ name }) => name === tick.schedule);
  if (schedule === undefined) {
    log.info("Tick dropped: its schedule is not in the catalog any more.", { schedule: tick.schedule });
    return { outcome: ACKNOWLEDGE };
  }
  const at = occurrenceOf(schedule, epochOf(tick.at));
  const outOfTime = outOfTimeOutcome(at, clock.now(), receiveCount);
  if (outOfTime !== undefined) return { outcome: outOfTime };
  const idempotencyKey = `${schedule.name}-${compactTime(at)}`;
  const { entry, isNew } = await decideOccurrence(
    { ...ports, leaseMs: times.leaseMs },
    {
      schedule,
      at,
      jobId: jobIdFor(definition.type, idempotencyKey),
      source: tick.isCatchUp === true ? "catch_up" : "tick",
    },
  );
  // Died here: decided, without a row. The tick comes back; if it does not, the ticker sees that and sends another.
  if (entry.decision === "run") {
    return put(ports, schedule.payload, { idempotencyKey, schedule: { name: schedule.name, at } });
  }
  if (isNew) {
    if (entry.decision === "missed") metrics.count("missedRuns");
    log.info("Scheduled run not begun.", { ...entry, at: tick.at });
  }
  if (entry.decision !== "queued") return { outcome: ACKNOWLEDGE };
  return { outcome: returnedUntil(clock.now() + TURN_PAUSE_MS, receiveCount) };
}

/** What becomes of a tick that is not of now; nothing is decided about its occurrence then. */
function outOfTimeOutcome(at: EpochMs, now: EpochMs, receiveCount: number): Outcome | undefined {
  if (at > now + FURTHEST_AHEAD_MS || at < now - 2 * OLDEST_MS) return park("TICK_OUT_OF_TIME");
  if (at > now) return returnedUntil(at, receiveCount);
  return at < now - OLDEST_MS ? ACKNOWLEDGE : undefined;
}

async function put<Payload>(
  ports: WorkerPorts<Payload>,
  payload: unknown,
  options: EnqueueOptions & Pick<PendingJob, "schedule">,
): Promise<Admitted> {
  const { definition, times } = ports;
  const { idempotencyKey = "" } = options;
  const id = jobIdFor(definition.type, idempotencyKey);
  try {
    await putJob({ ...ports, permitGraceMs: times.permitGraceMs }, definition, payload, options);
  } catch (error) {
    // The first delivery counts, whatever a second one, or a deployment since, says of the payload.
    if (!(error instanceof IdempotencyConflictError)) throw error;
  }
  return { permit: { v: 1, type: definition.type, id, run: 1 } };
}
