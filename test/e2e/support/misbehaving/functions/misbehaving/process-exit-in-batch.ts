import { jobFunction } from "../../../../../../shared/lambda/job-function.ts";
import { processExitInBatch } from "../../catalog.ts";
import { misbehave } from "../../misbehave.ts";

export const handler = jobFunction(processExitInBatch, misbehave);
