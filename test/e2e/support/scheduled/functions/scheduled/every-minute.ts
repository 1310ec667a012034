import { jobFunction } from "../../../../../../shared/lambda/job-function.ts";
import { everyMinute } from "../../catalog.ts";

export const handler = jobFunction(everyMinute, (job) => Promise.resolve(job.payload.greeting));
