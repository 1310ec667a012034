import { circumstancesOf } from "../shared/engine/insight/circumstances.ts";
import { why } from "../shared/engine/insight/why.ts";
import type { PausePorts } from "../shared/engine/pauses.ts";
import type { JobDefinition } from "../shared/job/define-job.ts";
import type { Job } from "../shared/job/job.ts";

/** Why a job is where it is, in one sentence, with what stands in its way and is not on its row. */
export async function reasonOf(ports: PausePorts, job: Job, definition: JobDefinition | undefined): Promise<string> {
  return why(job, ports.clock.now(), {
    circumstances: await circumstancesOf(ports, job, definition),
    ...(definition !== undefined && { maxAttempts: definition.retry.maxAttempts }),
  });
}
