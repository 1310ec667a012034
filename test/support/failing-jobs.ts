import * as z from "zod";

import type { BulkPorts } from "../../shared/engine/control/run-bulk.ts";
import { BacklineError } from "../../shared/errors/backline-error.ts";
import { PermanentError } from "../../shared/errors/job-errors.ts";
import { defineJob } from "../../shared/job/define-job.ts";
import { fixed } from "../../shared/job/retry-policy.ts";
import { MemoryDeadLetters } from "./memory-dead-letters.ts";
import { MemoryRecordStore } from "./memory-record-store.ts";
import { whileTimePasses } from "./pass-time.ts";
import { Simulation } from "./simulation.ts";

const failures = ["NO_ADDRESS", "PRINTER_OFF", "CRM_DOWN", "MAIL_UNKNOWN", "NO_STOCK"] as const;
export type Failure = (typeof failures)[number];

export const parcel = defineJob({
  type: "parcel",
  summary: "Prints a label, mails its number, and tells the CRM.",
  payload: z.object({ failure: z.enum(failures), to: z.string() }),
  retry: { maxAttempts: 1, backoff: fixed(5_000) },
  run: { timeoutSeconds: 60, memoryMb: 128, batchSize: 1 },
  subject: ({ to }) => to,
});
export type Parcel = z.infer<typeof parcel.payload>;

/** Jobs that fail at five places, until the world is mended. */
export class FailingJobs {
  /** How often the handler was executed, by job. */
  readonly executions = new Map<string, number>();
  /** Recipients, one for each mail that was perhaps sent. */
  readonly mails: string[] = [];
  readonly simulation: Simulation<Parcel>;
  readonly records = new MemoryRecordStore();
  readonly deadLetters: MemoryDeadLetters;
  broken = new Set<Failure>(failures);

  constructor() {
    this.simulation = new Simulation(parcel, async (job) => {
      const { failure, to } = job.payload;
      this.executions.set(job.id, (this.executions.get(job.id) ?? 0) + 1);
      this.#failAt("NO_ADDRESS", failure);
      await job.step("label", () => ({ printed: true }));
      this.#failAt("PRINTER_OFF", failure);
      await job.effect("mail", {
        onUnknown: "resend",
        send: async () => {
          this.mails.push(to);
          // Not a refusal: nobody knows whether it was sent.
          if (this.broken.has("MAIL_UNKNOWN") && failure === "MAIL_UNKNOWN") {
            throw new BacklineError("MAIL_UNKNOWN", "The connection broke.");
          }
          return { id: `mail-${this.mails.length}` };
        },
      });
      this.#failAt("CRM_DOWN", failure);
      this.#failAt("NO_STOCK", failure);
    });
    this.deadLetters = new MemoryDeadLetters(this.simulation.queue, this.simulation.clock);
  }

  get ports(): BulkPorts {
    return { ...this.simulation.controlPorts, records: this.records, deadLetters: this.deadLetters };
  }

  /** So many dead letters of each of the five failures, half of them of `shop-a`, half of `shop-b`. */
  async fail(eachCount: number): Promise<void> {
    for (let index = 0; index < eachCount * failures.length; index += 1) {
      const failure = failures[index % failures.length] ?? "NO_ADDRESS";
      const tenant = index % 2 === 0 ? "shop-a" : "shop-b";
      await this.simulation.enqueue(
        { failure, to: `guest-${index}` },
        { idempotencyKey: `${failure}-${index}`, tenant },
      );
    }
    await this.consumeAll();
    // What sent a mail of unknown outcome waits for its receipt before it fails.
    this.simulation.clock.advance(this.simulation.times.receiptWaitMs);
    await this.consumeAll();
  }

  mend(): void {
    this.broken = new Set();
  }

  async consumeAll(): Promise<void> {
    while ((await this.simulation.consumeOne()) !== undefined);
  }

  /** Lets everything come to its end, what only the ticker brings back included. */
  async finish(): Promise<void> {
    await this.consumeAll();
    for (let minute = 0; minute < 20; minute += 1) {
      this.simulation.clock.advance(60_000);
      await this.simulation.tick();
      await this.consumeAll();
    }
  }

  /** Lets virtual time pass until `running` is settled; meanwhile the workers consume what there is. */
  whileTimePasses<Answer>(running: Promise<Answer>, meanwhile = () => this.consumeAll()): Promise<Answer> {
    return whileTimePasses(this.simulation.clock, running, meanwhile);
  }

  /** Moves bodies to the job queue under new message ids, as a redrive does. */
  moveToQueue(bodies: readonly string[]): void {
    for (const body of bodies) this.simulation.queue.put("parcel", body);
  }

  letterBodies(): string[] {
    return this.simulation.queue.deadLetters.map(({ body }) => body);
  }

  /** Ids of the jobs that the DLQ's letters are about, and the runs that they would begin. */
  letters(): { readonly id: string; readonly run: number }[] {
    return this.letterBodies().map((body) => {
      const { id, run } = JSON.parse(body) as { id: string; run: number };
      return { id, run };
    });
  }

  #failAt(here: Failure, failure: Failure): void {
    if (failure === here && this.broken.has(here)) throw new PermanentError(here, `Failed at ${here}.`);
  }
}
