import { jobFunction } from "../../shared/lambda/job-function.ts";
import { readSeller } from "../../shared/records/seller.ts";
import { nightlyReport } from "./definition.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

export const handler = jobFunction(nightlyReport, async (job, { records }) => {
  // The day to sum up is the occurrence's, however late the job runs; a run by hand takes the last day.
  const until = job.occurrence?.at ?? Date.now();
  const from = until - job.payload.days * DAY_MS;
  const { name } = await readSeller(records);
  job.log.info("Summed up.", { seller: name, from, until });
  return { from, until };
});
