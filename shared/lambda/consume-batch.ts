import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";

import type { Delivery } from "../engine/delivery.ts";
import type { Consumed } from "../engine/worker.ts";

export interface BatchConsumer {
  readonly consume: (delivery: Delivery) => Promise<Consumed>;
  /** Milliseconds before the function's end at which user code is stopped; see `deadlineMarginMs`. */
  readonly marginMs: number;
  /**
   * Ends a runtime in which a handler goes on after its deadline: frozen with the function, it would wake up inside a
   * later invocation. Its attempt is recorded; so is what its batch neighbours have done, and their messages find that.
   */
  readonly endProcess: () => void;
}

/** What is left of the time for user code when an attempt begins to run alone: at least this share. */
const LEAST_TIME_ALONE = 0.5;

interface Ended {
  readonly record: SQSRecord;
  readonly consumed: Consumed;
}

/**
 * Consumes a batch: every record ends on its own, and exactly those that are not done are reported and come back.
 *
 * ```
 * together   first attempts, all at once ─────┬─► done, to be retried, failed
 *                                             └─► had an attempt before ──┐
 * alone      one after another, fewest attempts first ◄───────────────────┘
 * returned   those that too little time is left for
 * ```
 *
 * A handler that ends the process (a busy loop until the timeout, `process.exit`, out of memory) costs every job that runs
 * beside it an attempt, and the rows do not tell whose fault it was. So no job runs beside another twice: once it has had
 * an attempt it runs alone, and it is not even claimed before its turn. Who crashes then, crashes alone: those behind it
 * lose no attempt, and come back soon after this invocation's time is over (the worker has seen to that before). By then
 * the one that crashed is still under its lease; and in any later batch it has had an attempt more, and comes last.
 *
 * The worker asks the row, not the receive count: after a crash, the first message to come is usually the ticker's permit,
 * received for the first time.
 */
export async function consumeBatch(
  { consume, marginMs, endProcess }: BatchConsumer,
  { Records }: SQSEvent,
  context: Pick<Context, "getRemainingTimeInMillis">,
): Promise<SQSBatchResponse> {
  const timeMs = context.getRemainingTimeInMillis() - marginMs;
  const deadlineAt = Date.now() + timeMs;
  const consumeOne = async (record: SQSRecord, hasCompany: boolean): Promise<Ended> => ({
    record,
    consumed: await consume(deliveryOf(record, { deadlineAt, hasCompany })),
  });
  const endIfStuck = (...ended: readonly Ended[]) => {
    if (ended.some(({ consumed }) => consumed.isRuntimeStuck)) endProcess();
  };

  const together = await Promise.all(Records.map((record) => consumeOne(record, Records.length > 1)));
  endIfStuck(...together);
  const alone: Ended[] = [];
  for (const record of fewestAttemptsFirst(together)) {
    if (deadlineAt - Date.now() < LEAST_TIME_ALONE * timeMs) break;
    // Died in here: nothing else is claimed. The records that are done come back too, and find their rows done.
    const ended = await consumeOne(record, false);
    endIfStuck(ended);
    alone.push(ended);
  }
  return failuresOf(Records, [...together, ...alone]);
}

/** The records that must run alone. Equal ones keep their order. */
function fewestAttemptsFirst(ended: readonly Ended[]): SQSRecord[] {
  return ended
    .flatMap(({ record, consumed: { mustBeAlone } }) => (mustBeAlone ? [{ record, ...mustBeAlone }] : []))
    .sort((one, other) => one.attempts - other.attempts)
    .map(({ record }) => record);
}

function failuresOf(records: readonly SQSRecord[], ended: readonly Ended[]): SQSBatchResponse {
  const done = new Set(ended.filter(({ consumed }) => consumed.isDone).map(({ record }) => record));
  const returned = records.filter((record) => !done.has(record));
  return { batchItemFailures: returned.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}

function deliveryOf(
  { body, receiptHandle, attributes }: SQSRecord,
  circumstances: Pick<Delivery, "deadlineAt" | "hasCompany">,
): Delivery {
  return { body, receiptHandle, receiveCount: Number(attributes.ApproximateReceiveCount), ...circumstances };
}
