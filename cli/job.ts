/**
 * `npm run job -- <command>`: looks at jobs and steers them, with the credentials and the region of the environment.
 * JOBS_TABLE, RECORDS_TABLE and QUEUE_URL_PREFIX name the stack (its outputs say to what to set them).
 */
import { Command } from "commander";

import { registerControl } from "./commands/control.ts";
import { registerPause } from "./commands/pause.ts";
import { registerReading } from "./commands/reading.ts";
import { registerSingle } from "./commands/single.ts";
import { openEngine, reportErrors, type CliEngine } from "./open-engine.ts";

const ENVIRONMENT = `
Environment:
  AWS credentials and AWS_REGION, as for any AWS tool; and, from the outputs of your stacks,
  JOBS_TABLE (JobsTableName), RECORDS_TABLE (RecordsTableName), QUEUE_URL_PREFIX (QueueUrlPrefix).

Times are UTC. docs/runbook.md says which command helps when.`;

const open = (): CliEngine => openEngine(process.env);
const program = new Command("npm run job --")
  .description("Looks at jobs and steers them.")
  .usage("<command> [options]")
  .helpCommand(false)
  .showHelpAfterError("(add --help for the commands and their options)")
  .addHelpText("after", ENVIRONMENT);
registerReading(program, open);
registerSingle(program, open);
registerControl(program, open);
registerPause(program, open);

await reportErrors(() => program.parseAsync());
