/**
 * `npm run job -- show|cancel|resolve …`: looks at one job, or says a person's word about it. With the credentials and the
 * region of the environment; JOBS_TABLE and QUEUE_URL_PREFIX name the stack (its outputs say to what to set them).
 */
import { parseArgs } from "node:util";

import { cancelJob, resolveJob, type Decision } from "../shared/engine/control.ts";
import { openEngine, runCommand } from "./open-engine.ts";

const USAGE = `Usage:
  npm run job -- show <id>                       the job's row, without its payload
  npm run job -- cancel <id>                     no new effect after this
  npm run job -- resolve <id> <effect> --by <you> --sent <receipt>   it was sent: go on without sending
  npm run job -- resolve <id> <effect> --by <you> --again            it was not: send it again`;

await runCommand(async () => {
  const { values, positionals } = parseArgs({
    options: { by: { type: "string" }, sent: { type: "string" }, again: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  const [command = "", id, effect] = positionals;
  if (id === undefined) throw new Error(USAGE);
  switch (command) {
    case "show":
      return show(id);
    case "cancel":
      return (await cancelJob(openEngine(process.env), id)) === "cancelled"
        ? `${id} is cancelled.`
        : `${id} is running; it stops before its next step or effect.`;
    case "resolve":
      return resolve(id, effect, values);
    default:
      throw new Error(USAGE);
  }
});

/** The payload stays where it is: it may hold personal data, and terminals are shared. */
async function show(id: string): Promise<string> {
  const job = await openEngine(process.env).store.get(id);
  if (job === undefined) throw new Error(`There is no job ${id}.`);
  const { payload: _payload, steps, ...row } = job;
  return JSON.stringify({ ...row, steps: Object.keys(steps) }, undefined, 2);
}

interface Answer {
  readonly by?: string | undefined;
  readonly sent?: string | undefined;
  readonly again: boolean;
}

async function resolve(id: string, effect: string | undefined, answer: Answer): Promise<string> {
  const decision = decisionOf(answer);
  if (effect === undefined || answer.by === undefined || decision === undefined) throw new Error(USAGE);
  await resolveJob(openEngine(process.env), id, effect, decision, answer.by);
  return `${id} goes on.`;
}

/** Exactly one of the two. */
function decisionOf({ sent, again }: Answer): Decision | undefined {
  if (sent !== undefined) return again ? undefined : { sent: true, receipt: sent };
  return again ? { again: true } : undefined;
}
