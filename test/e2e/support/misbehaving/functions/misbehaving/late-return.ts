import { jobFunction } from "../../../../../../shared/lambda/job-function.ts";
import { lateReturn } from "../../catalog.ts";
import { misbehave } from "../../misbehave.ts";

export const handler = jobFunction(lateReturn, misbehave);
