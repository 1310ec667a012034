import { jobFunction } from "../../shared/lambda/job-function.ts";
import { receiptCopy } from "./definition.ts";

export const handler = jobFunction(receiptCopy, async (job, { files }) => {
  const { orderId, text } = job.payload;
  await job.step("store", async () => {
    const key = `copies/${orderId}.txt`;
    await files.putOnce({ bucket: "invoices", key, body: Buffer.from(text), contentType: "text/plain" });
    return { key };
  });
});
