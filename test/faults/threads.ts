import { Worker } from "node:worker_threads";

import type { HarnessOptions } from "./harness.ts";
import { Report, type ReportedWork } from "./report.ts";

/** What a thread is told. */
export type ThreadOptions = Omit<HarnessOptions, "lendStore"> & Required<Pick<HarnessOptions, "part">>;

/** What a thread answers. */
export type ThreadAnswer = { readonly work: ReportedWork } | { readonly error: string };

/**
 * Runs all schedules that the options ask for in so many threads, each in a part of them: a schedule's world is nobody
 * else's.
 *
 * @throws Error of the first thread that had one.
 */
export async function runInThreads(options: Omit<ThreadOptions, "part">, threads: number): Promise<Report> {
  const report = new Report();
  const parts = Array.from({ length: threads }, (_, index) => ({ ...options, part: { index, of: threads } }));
  const answers = await Promise.all(parts.map(runPart));
  for (const answer of answers) {
    if ("error" in answer) throw new Error(answer.error);
    report.join(answer.work);
  }
  return report;
}

function runPart(options: ThreadOptions): Promise<ThreadAnswer> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL("thread-entry.ts", import.meta.url), { workerData: options });
    thread.once("message", resolve);
    thread.once("error", reject);
    thread.once("exit", (status) => reject(new Error(`A thread ended with ${status} and said nothing.`)));
  });
}
