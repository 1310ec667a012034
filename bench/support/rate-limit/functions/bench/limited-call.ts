import { jobFunction } from "../../../../../shared/lambda/job-function.ts";
import { limitedCall } from "../../catalog.ts";

export const handler = jobFunction(limitedCall, () => Promise.resolve());
