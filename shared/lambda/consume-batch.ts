import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";

import type { Consumed, Delivery } from "../engine/worker.ts";

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

/** Consumes a batch: every record ends on its own, and exactly those that are not done are reported and come back. */
export async function consumeBatch(
  { consume, marginMs, endProcess }: BatchConsumer,
  { Records }: SQSEvent,
  context: Pick<Context, "getRemainingTimeInMillis">,
): Promise<SQSBatchResponse> {
  const deadlineAt = Date.now() + context.getRemainingTimeInMillis() - marginMs;
  const consumed = await Promise.all(Records.map((record) => consume(deliveryOf(record, deadlineAt))));
  if (consumed.some(({ isRuntimeStuck }) => isRuntimeStuck)) endProcess();
  const returned = Records.filter((_, index) => consumed[index]?.isDone !== true);
  return { batchItemFailures: returned.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}

function deliveryOf({ body, receiptHandle, attributes }: SQSRecord, deadlineAt: number): Delivery {
  return { body, receiptHandle, receiveCount: Number(attributes.ApproximateReceiveCount), deadlineAt };
}
