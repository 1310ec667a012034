import type { JobContext } from "../../shared/engine/job-context.ts";
import type { EpochMs } from "../../shared/job/job.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { ReportedReceipt } from "../../shared/ports/receipt-store.ts";
import type { Findings } from "./findings.ts";
import type { Process } from "./process.ts";
import type { RowMonitors, RowWrite } from "./row-monitors.ts";

/** A report of a mail comes within a minute; the wait for it may not end before. See `RECEIPT_LAG_SECONDS`. */
const SHORTEST_RESEND_MS = 90_000;

interface Send {
  readonly id: string;
  readonly at: EpochMs;
  readonly write: number;
  isReportedAt?: EpochMs;
}

/** Watches what workers do to the world, and when they run user code. */
export class EffectMonitors {
  /** Sends that followed an earlier one of the same effect as the promise allows, by `job/effect`. */
  readonly allowedResends = new Map<string, number>();
  readonly #findings: Findings;
  readonly #rows: RowMonitors;
  readonly #clock: Clock;
  readonly #sends = new Map<string, Send[]>();
  readonly #intents = new Map<
    Process,
    Map<string, { readonly token: string; readonly write: number; readonly isReview: boolean }>
  >();
  readonly #usedTokens = new Set<string>();
  /** Intents whose sends were certainly refused, with the process that knows. */
  readonly #refused = new Map<string, Process>();
  readonly #endedSteps = new Map<Process, string[]>();
  /** Number of the write by which a person asked for another send. */
  readonly #againAt = new Map<string, number>();

  constructor(findings: Findings, rows: RowMonitors, clock: Clock) {
    this.#findings = findings;
    this.#rows = rows;
    this.#clock = clock;
  }

  /** Notes intents and persons' words from a row's write. */
  wrote({ process, before, after }: RowWrite): void {
    for (const [name, effect] of Object.entries(after.effects)) {
      const key = `${after.id}/${name}`;
      const known = before.effects[name];
      const { ignoreReceiptsBefore } = effect;
      const isWantedAgain = ignoreReceiptsBefore !== undefined && ignoreReceiptsBefore !== known?.ignoreReceiptsBefore;
      if (isWantedAgain) this.#againAt.set(key, this.#rows.writes);
      if (effect.intent === undefined) continue;
      const isRefused = this.#refused.get(effect.intent.token) === process && after.status !== "processing";
      if (isRefused) this.#findings.violation(`${key} was refused, and its intent stays open`);
      if (effect.intent.token === known?.intent?.token) continue;
      const intents = this.#intents.get(process) ?? new Map<string, never>();
      const { token, onUnknown } = effect.intent;
      this.#intents.set(
        process,
        new Map(intents).set(key, { token, write: this.#rows.writes, isReview: onUnknown === "review" }),
      );
    }
  }

  /** A mail leaves: was it intended, once, and not after a cancel; and if it is a second one, was it allowed? */
  sending(process: Process, { jobId, effect }: { readonly jobId: string; readonly effect: string }, id: string): void {
    const key = `${jobId}/${effect}`;
    const intent = this.#intents.get(process)?.get(key);
    if (intent === undefined) {
      this.#findings.violation(`${key} was sent without an intent`);
    } else {
      if (this.#usedTokens.has(intent.token)) this.#findings.duplicate(`${key} was sent twice on one intent`);
      this.#usedTokens.add(intent.token);
      const cancelledAt = this.#rows.cancelledAt.get(jobId);
      if (cancelledAt !== undefined && cancelledAt < intent.write)
        this.#findings.violation(`${key} was sent after its job's cancel`);
    }
    this.#checkResend(process, jobId, key, intent?.isReview === true);
    const send = { id, at: this.#clock.now(), write: this.#rows.writes };
    this.#sends.set(key, [...(this.#sends.get(key) ?? []), send]);
  }

  /** The mailer has certainly not taken a mail of this process. */
  refused(process: Process, key: string): void {
    const intent = this.#intents.get(process)?.get(key);
    if (intent !== undefined) this.#refused.set(intent.token, process);
  }

  /** The last send of an effect since a person asked for another one. */
  lastSend(key: string): string | undefined {
    return this.#since(key).at(-1)?.id;
  }

  /** A person's "again" is followed by a send, or the job does not complete. */
  judgePersonsWords(): void {
    for (const job of this.#rows.rows()) {
      const names = job.status === "completed" ? Object.keys(job.effects) : [];
      for (const key of names.map((name) => `${job.id}/${name}`)) {
        if (this.#againAt.has(key) && this.#since(key).length === 0)
          this.#findings.lose(`${key}, which a person wanted again`);
      }
    }
  }

  #since(key: string): Send[] {
    const againAt = this.#againAt.get(key) ?? 0;
    return (this.#sends.get(key) ?? []).filter(({ write }) => write >= againAt);
  }

  reported({ jobId, effect, messageId }: ReportedReceipt): void {
    const send = this.#sends.get(`${jobId}/${effect}`)?.find(({ id }) => id === messageId);
    if (send !== undefined) send.isReportedAt ??= this.#clock.now();
  }

  /** User code begins. */
  began(process: Process, job: JobContext<unknown>, maxAttempts: number): void {
    const held = process.held.get(job.id);
    if (job.attempt > maxAttempts)
      this.#findings.violation(`job ${job.id} ran its attempt ${job.attempt} of ${maxAttempts}`);
    const cancelledAt = this.#rows.cancelledAt.get(job.id);
    if (held !== undefined && cancelledAt !== undefined && cancelledAt < held.write) {
      this.#findings.violation(`job ${job.id} ran user code in a claim after its cancel`);
    }
  }

  /** The work of a step begins; `before` are those that its process had ended when it asked for it. */
  stepBegan(process: Process, jobId: string, step: string, before: readonly string[]): void {
    const held = process.held.get(jobId)?.job;
    if (held?.steps[step] !== undefined)
      this.#findings.duplicate(`step ${step} of ${jobId}, which was completed, ran again`);
    const row = this.#rows.versions.get(jobId)?.at(-1);
    const lost = before.find((name) => row?.epoch === held?.epoch && row?.steps[name] === undefined);
    if (lost !== undefined)
      this.#findings.violation(`step ${step} of ${jobId} began before the result of ${lost} was on the row`);
  }

  stepEnded(process: Process, step: string): void {
    this.#endedSteps.set(process, [...this.endedSteps(process), step]);
  }

  endedSteps(process: Process): readonly string[] {
    return this.#endedSteps.get(process) ?? [];
  }

  #checkResend(process: Process, jobId: string, key: string, isReview: boolean): void {
    const earlier = this.#since(key);
    const [last] = earlier.slice(-1);
    // Sent before a person's "again": this one is what the person wants.
    if (this.#sends.has(key)) this.allowedResends.set(key, (this.allowedResends.get(key) ?? 0) + 1);
    if (last === undefined) return;
    const claimedAt = process.held.get(jobId)?.at ?? 0;
    const isKnown = earlier.some(({ isReportedAt }) => isReportedAt !== undefined && isReportedAt < claimedAt);
    const effect = key.slice(jobId.length + 1);
    if (process.held.get(jobId)?.job.effects[effect]?.receipt !== undefined)
      this.#findings.duplicate(`${key} was sent again although its receipt was on the row`);
    if (isKnown) this.#findings.duplicate(`${key} was sent again although its receipt was there`);
    if (isReview) this.#findings.duplicate(`${key} was sent again without a person's word`);
    if (this.#clock.now() - last.at < SHORTEST_RESEND_MS)
      this.#findings.duplicate(`${key} was sent again before its receipt could come`);
  }
}
