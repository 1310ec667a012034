// In a program of your own: "@backline/client" and "@backline/client/catalog/billing".
import { UnknownJobError, WaitTimeoutError, type BacklineClient, type JobView } from "../../client/index.ts";
import { invoiceEmail } from "../../shared/catalog/billing.ts";

/** Under the 30 s after which many proxies give up. */
const LONG_POLL_MS = 25_000;

/**
 * A job of the shop. Of another type's, it says as little as of one that does not exist.
 *
 * @throws UnknownJobError
 */
export async function findInvoiceJob(backline: BacklineClient, id: string): Promise<JobView> {
  const job = await backline.get(id);
  if (job?.type !== invoiceEmail.type) throw new UnknownJobError(id);
  return job;
}

/**
 * The job once it has settled, or else as it is after 25 seconds, or when the signal aborts.
 *
 * @throws UnknownJobError
 */
export async function followInvoiceJob(backline: BacklineClient, id: string, signal: AbortSignal): Promise<JobView> {
  await findInvoiceJob(backline, id);
  try {
    return await backline.wait(id, { timeoutMs: LONG_POLL_MS, signal });
  } catch (error) {
    if (error instanceof WaitTimeoutError) return error.job;
    if (signal.aborted) return findInvoiceJob(backline, id);
    throw error;
  }
}
