/**
 * `npm run mail -- <command>`: who gets no mail, how mails fare, and broadcasts; with the credentials and the region of the
 * environment. JOBS_TABLE, RECORDS_TABLE and QUEUE_URL_PREFIX name the stack (its outputs say to what to set them).
 */
import { Command } from "commander";

import { addBroadcastCommands } from "./commands/broadcast.ts";
import { registerMail } from "./commands/mail.ts";
import { openEngine, reportErrors, type CliEngine } from "./open-engine.ts";

const ENVIRONMENT = `
Environment:
  AWS credentials and AWS_REGION, as for any AWS tool; and, from the outputs of your stacks,
  JOBS_TABLE (JobsTableName), RECORDS_TABLE (RecordsTableName), QUEUE_URL_PREFIX (QueueUrlPrefix).

Days and times are UTC. Addresses are kept nowhere: the list knows them by their hashes.`;

const open = (): CliEngine => openEngine(process.env);
const program = new Command("npm run mail --")
  .description("Says who gets no mail, how mails fare, and steers broadcasts.")
  .usage("<command> [options]")
  .helpCommand(false)
  .showHelpAfterError("(add --help for the commands and their options)")
  .addHelpText("after", ENVIRONMENT);
registerMail(program, open);
program.commandsGroup("Broadcasts:");
addBroadcastCommands(program, open);

await reportErrors(() => program.parseAsync());
