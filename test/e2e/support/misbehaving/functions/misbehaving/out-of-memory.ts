import { jobFunction } from "../../../../../../shared/lambda/job-function.ts";
import { outOfMemory } from "../../catalog.ts";
import { misbehave } from "../../misbehave.ts";

export const handler = jobFunction(outOfMemory, misbehave);
