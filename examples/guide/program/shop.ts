import { createClient, IdempotencyConflictError, type BacklineClient } from "../../../client/index.ts";
import { orderConfirmation } from "../order-confirmation/definition.ts";

// #region enqueue
export async function confirmOrder(backline: BacklineClient, orderId: string, email: string): Promise<string> {
  // The order's own id is the key: however often this is called, there is one job, and one mail.
  const { id } = await backline.enqueue(orderConfirmation, { orderId, email }, { idempotencyKey: orderId });
  return id;
}
// #endregion

// #region wait
export async function confirmAndWait(backline: BacklineClient, orderId: string, email: string): Promise<boolean> {
  const id = await confirmOrder(backline, orderId, email);
  const job = await backline.wait(id, { timeoutMs: 20_000 }); // throws WaitTimeoutError, with the job as it is
  if (job.status === "failed") console.error(`${job.error.code}: ${job.error.message}`); // oxlint-disable-line no-console
  return job.status === "completed";
}
// #endregion

// #region conflict
export async function changeAddress(backline: BacklineClient, orderId: string, email: string): Promise<string> {
  try {
    return await confirmOrder(backline, orderId, email);
  } catch (error) {
    // The order was confirmed to another address before. That mail counts, or this is another piece of work: another key.
    if (error instanceof IdempotencyConflictError) return error.jobId;
    throw error;
  }
}
// #endregion

// #region main
export async function main(open: () => BacklineClient = createClient): Promise<void> {
  const backline = open(); // one for the whole program
  try {
    await confirmOrder(backline, "ord_1001", "ada@example.com");
  } finally {
    backline.close();
  }
}
// #endregion
