import { jobFunction } from "../../../../../../shared/lambda/job-function.ts";
import { processExit } from "../../catalog.ts";
import { misbehave } from "../../misbehave.ts";

export const handler = jobFunction(processExit, misbehave);
