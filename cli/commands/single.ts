import { Option, type Command } from "commander";

import { cancelJob, resolveJob, type Decision } from "../../shared/engine/control.ts";
import { answer, type CliEngine } from "../open-engine.ts";
import { byOption, idArgument, readWords } from "../options.ts";

interface ResolveOptions {
  readonly by: string;
  readonly sent?: string;
  readonly again?: boolean;
}

/** Commands that say a person's word about one job. */
export function registerSingle(program: Command, open: () => CliEngine): void {
  program.commandsGroup("One job:");
  program
    .command("cancel")
    .addArgument(idArgument())
    .description("no new effect after this")
    .action(async (id: string) => answer(await cancel(open(), id)));
  program
    .command("resolve")
    .addArgument(idArgument())
    .argument("<effect>", "the effect's name")
    .description("says whether an effect of unknown outcome happened; the job then goes on")
    .addOption(byOption("who says so; kept on the row").makeOptionMandatory())
    .addOption(
      new Option("--sent <receipt>", "it happened: the other side's id of it").argParser(readWords).conflicts("again"),
    )
    .option("--again", "it did not happen, or is to be done again")
    .action(async (id: string, effect: string, options: ResolveOptions, command: Command) => {
      const decision = decisionOf(options);
      if (decision === undefined) command.error("error: say either --sent <receipt> or --again");
      await resolveJob(open(), id, effect, decision, options.by);
      answer(`${id} goes on.`);
    });
}

async function cancel(engine: CliEngine, id: string): Promise<string> {
  return (await cancelJob(engine, id)) === "cancelled"
    ? `${id} is cancelled.`
    : `${id} is running; it stops before its next step or effect.`;
}

function decisionOf({ sent, again }: ResolveOptions): Decision | undefined {
  if (sent !== undefined) return { sent: true, receipt: sent };
  return again === true ? { again: true } : undefined;
}
