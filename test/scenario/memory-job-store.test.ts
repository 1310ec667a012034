import { describeJobStore } from "../support/job-store-suite.ts";
import { MemoryJobStore } from "../support/memory-job-store.ts";

describeJobStore("the store in memory", () => new MemoryJobStore());
