import type { EpochMs } from "../../shared/job/job.ts";
import type { ReceiptStore, ReportedReceipt, StoredReceipt } from "../../shared/ports/receipt-store.ts";

/** Reported receipts in memory; the same report again overwrites itself. */
export class MemoryReceiptStore implements ReceiptStore {
  readonly #reports = new Map<string, ReportedReceipt>();

  async find(jobId: string, effect: string, since: EpochMs = 0): Promise<StoredReceipt | undefined> {
    await Promise.resolve();
    const [first] = this.of(jobId, effect)
      .filter(({ at }) => at >= since)
      .toSorted((a, b) => a.at - b.at);
    return first === undefined ? undefined : { id: first.messageId, at: first.at };
  }

  async put(report: ReportedReceipt): Promise<void> {
    await Promise.resolve();
    const { jobId, effect, messageId, eventType } = report;
    this.#reports.set([jobId, effect, messageId, eventType].join("#"), report);
  }

  async list(jobId: string): Promise<readonly ReportedReceipt[]> {
    await Promise.resolve();
    return [...this.#reports.values()].filter((report) => report.jobId === jobId).toSorted((a, b) => a.at - b.at);
  }

  /** What was reported of an effect. */
  of(jobId: string, effect: string): ReportedReceipt[] {
    return [...this.#reports.values()].filter((report) => report.jobId === jobId && report.effect === effect);
  }
}
