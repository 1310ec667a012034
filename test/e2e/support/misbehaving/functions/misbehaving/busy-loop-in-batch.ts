import { jobFunction } from "../../../../../../shared/lambda/job-function.ts";
import { busyLoopInBatch } from "../../catalog.ts";
import { misbehave } from "../../misbehave.ts";

export const handler = jobFunction(busyLoopInBatch, misbehave);
