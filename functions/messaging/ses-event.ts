import { sesEvent } from "../../shared/catalog/messaging.ts";
import { jobFunction } from "../../shared/lambda/job-function.ts";

export const handler = jobFunction(sesEvent, async (job, { receipts }) => {
  const { jobId, effect, messageId, eventType, at } = job.payload;
  await receipts.put({ jobId, effect, messageId, eventType, at: Date.parse(at) });
});
