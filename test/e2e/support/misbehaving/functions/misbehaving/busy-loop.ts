import { jobFunction } from "../../../../../../shared/lambda/job-function.ts";
import { busyLoop } from "../../catalog.ts";
import { misbehave } from "../../misbehave.ts";

export const handler = jobFunction(busyLoop, misbehave);
