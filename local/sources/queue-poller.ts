import { setTimeout as delay } from "node:timers/promises";

import {
  DeleteMessageBatchCommand,
  type Message,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";

import type { Chaos } from "../chaos.ts";
import type { InvocationResult } from "../host/invocation.ts";
import type { QueueMapping } from "../template/installation.ts";
import { failedMessageIds, sqsEvent } from "./sqs-event.ts";

export interface PollerOptions {
  readonly mapping: QueueMapping;
  readonly queueUrl: string;
  readonly sqs: SQSClient;
  /** Batches under way at the same time. */
  readonly concurrency: number;
  readonly invoke: (functionName: string, event: unknown) => Promise<InvocationResult>;
  readonly chaos?: Chaos | undefined;
  /** Told of what the poller itself could not do; failed invocations are the host's to report. */
  readonly onError: (error: unknown) => void;
}

/** SQS's longest, as Lambda's own pollers use it. */
const WAIT_SECONDS = 20;
/** SQS's limits for one receive and one batch delete. */
const MOST_AT_ONCE = 10;
const PAUSE_AFTER_ERROR_MS = 500;

/**
 * An event source mapping: receives while a slot is free, invokes, deletes what succeeded. What failed stays hidden until
 * its visibility timeout ends; nothing here shortens it, as nothing does on AWS.
 */
export class QueuePoller {
  readonly #options: PollerOptions;
  readonly #stopped = new AbortController();
  readonly #untilStopped = new Promise<void>((resolve) => {
    this.#stopped.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  readonly #deliveries = new Set<Promise<void>>();
  #running: Promise<void> | undefined;

  constructor(options: PollerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#poll();
  }

  /** Receives nothing more. Deliveries under way end with the processes that run them. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  /** Until every delivery under way has ended; call it after the host has stopped. */
  async drain(): Promise<void> {
    await Promise.all(this.#deliveries);
  }

  async #poll(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      if (this.#deliveries.size >= this.#options.concurrency) {
        await Promise.race([...this.#deliveries, this.#untilStopped]);
        continue;
      }
      const messages = await this.#receiveBatch();
      if (messages.length > 0) this.#deliver(messages);
    }
  }

  /** Waits for a first message, then for more until the batch is full or its window is over. */
  async #receiveBatch(): Promise<Message[]> {
    const { batchSize, windowSeconds } = this.#options.mapping;
    const messages = await this.#receive(batchSize, WAIT_SECONDS);
    const windowEndMs = performance.now() + windowSeconds * 1000;
    while (messages.length > 0 && messages.length < batchSize && performance.now() < windowEndMs) {
      messages.push(...(await this.#receive(batchSize - messages.length, 1)));
    }
    return messages;
  }

  async #receive(most: number, waitSeconds: number): Promise<Message[]> {
    const { sqs, queueUrl, onError } = this.#options;
    try {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: Math.min(most, MOST_AT_ONCE),
          WaitTimeSeconds: waitSeconds,
          MessageSystemAttributeNames: ["All"],
          MessageAttributeNames: ["All"],
        }),
        { abortSignal: this.#stopped.signal },
      );
      return Messages;
    } catch (error) {
      if (this.#stopped.signal.aborted) return [];
      onError(error);
      if (error instanceof QueueDoesNotExist) this.#stopped.abort();
      else await this.#pause(PAUSE_AFTER_ERROR_MS);
      return [];
    }
  }

  /** Ends early when the poller stops. */
  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#stopped.signal }).catch(() => undefined);
  }

  #deliver(messages: readonly Message[]): void {
    const disturbance = this.#options.chaos?.next();
    this.#track(this.#deliverAfter(disturbance?.delayMs ?? 0, messages));
    if (disturbance?.duplicateAfterMs === undefined) return;
    this.#track(this.#deliverAfter((disturbance.delayMs ?? 0) + disturbance.duplicateAfterMs, messages));
  }

  #track(delivery: Promise<void>): void {
    const report = (error: unknown) => {
      if (!this.#stopped.signal.aborted) this.#options.onError(error);
    };
    const tracked = delivery.catch(report).finally(() => this.#deliveries.delete(tracked));
    this.#deliveries.add(tracked);
  }

  async #deliverAfter(delayMs: number, messages: readonly Message[]): Promise<void> {
    if (delayMs > 0) await this.#pause(delayMs);
    const { mapping, invoke } = this.#options;
    const result = await invoke(mapping.functionName, sqsEvent(messages, mapping.queueArn));
    if (!result.ok) return;
    const ids = messages.map(({ MessageId }) => MessageId ?? "");
    const failed = mapping.reportsBatchItemFailures ? failedMessageIds(result.payload, ids) : new Set<string>();
    await this.#delete(messages.filter(({ MessageId }) => !failed.has(MessageId ?? "")));
  }

  /** If this fails, the messages come back: a delivery more, never one less. */
  async #delete(messages: readonly Message[]): Promise<void> {
    const { sqs, queueUrl } = this.#options;
    for (let start = 0; start < messages.length; start += MOST_AT_ONCE) {
      const Entries = messages
        .slice(start, start + MOST_AT_ONCE)
        .map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
    }
  }
}
