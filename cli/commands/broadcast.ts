import { Argument, type Command } from "commander";

import {
  BROADCAST_MOVES,
  moveBroadcast,
  readBroadcast,
  type Broadcast,
  type BroadcastMove,
} from "../../shared/broadcast/broadcast-record.ts";
import { countResults, STATUS_LABELS, type BroadcastTotals } from "../../shared/broadcast/broadcast-totals.ts";
import { listRecipientResults } from "../../shared/broadcast/recipient-results.ts";
import { identifier } from "../../shared/contracts/fields.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { RecordStore } from "../../shared/ports/record-store.ts";
import { facts, json, plain } from "../layout.ts";
import { answer } from "../open-engine.ts";
import { jsonOption } from "../options.ts";

/** What the commands need of a stack. */
export interface BroadcastPorts {
  readonly records: RecordStore;
  readonly clock: Clock;
}

interface AsJson {
  readonly json?: boolean;
}

const MOVES = {
  pause: {
    description: "keeps a broadcast's pages from mailing; those that are mailing stop within seconds",
    done: (id) => `Broadcast ${id} is paused. It goes on with:  npm run mail -- broadcast resume ${id}`,
  },
  resume: {
    description: "lets a paused broadcast go on",
    done: (id) =>
      `Broadcast ${id} goes on: within half the time that it was paused, ten minutes at most. What was mailed is not mailed again.`,
  },
  cancel: {
    description: "ends a broadcast for good; whom no mail was begun for gets none",
    done: (id) => `Broadcast ${id} is cancelled. Mails that were being sent at this moment may still arrive.`,
  },
} as const satisfies Record<BroadcastMove, { readonly description: string; readonly done: (id: string) => string }>;

/** Adds `broadcast status|report|pause|resume|cancel <id>`. A broadcast begins as a job: `npm run job -- enqueue`. */
export function addBroadcastCommands(program: Command, open: () => BroadcastPorts): void {
  const broadcast = program.command("broadcast").description("looks at broadcasts and steers them").helpCommand(false);
  broadcast
    .command("status")
    .description("how far a broadcast has come, counted from its recipients' results")
    .addArgument(broadcastArgument())
    .addOption(jsonOption())
    .action(async (id: string, options: AsJson) => answer(await status(open(), id, options)));
  broadcast
    .command("report")
    .description("why mails were not sent, counted as of now, and where the report with the addresses lies")
    .addArgument(broadcastArgument())
    .addOption(jsonOption())
    .action(async (id: string, options: AsJson) => answer(await report(open(), id, options)));
  for (const [name, { description, done }] of Object.entries(MOVES)) {
    const move = name as BroadcastMove; // the keys of MOVES
    broadcast
      .command(move)
      .description(`${description} (while it is ${BROADCAST_MOVES[move].from.join(" or ")})`)
      .addArgument(broadcastArgument())
      .action(async (id: string) => {
        const { records, clock } = open();
        await moveBroadcast(records, id, move, new Date(clock.now()).toISOString());
        answer(done(id));
      });
  }
}

function broadcastArgument(): Argument {
  return new Argument("<id>", "the broadcast's id").argParser((text: string): string => {
    if (identifier.safeParse(text).success) return text;
    throw new Error(`${plain(text)} is no broadcast's id: it may hold A-Z, a-z, 0-9, _ and -.`);
  });
}

async function broadcastOf({ records }: BroadcastPorts, id: string): Promise<Broadcast> {
  const known = await readBroadcast(records, id);
  if (known !== undefined) return known.body;
  throw new Error(
    `There is no broadcast ${id}. It is on record once its \`email_broadcast\` job has read the audience.`,
  );
}

async function status(ports: BroadcastPorts, id: string, { json: isJson }: AsJson): Promise<string> {
  const broadcast = await broadcastOf(ports, id);
  const totals = await countResults(ports.records, id, broadcast);
  return isJson === true ? json({ broadcastId: id, ...broadcast, totals }) : statusText(id, broadcast, totals);
}

function statusText(id: string, broadcast: Broadcast, totals: BroadcastTotals): string {
  const { state, stateSince, mail, recipients, duplicates, invalid, startedAt, jobId, reportKey } = broadcast;
  const seenTo = recipients - totals.waiting - totals.sending;
  return facts([
    ["broadcast", id],
    ["state", `${state}, since ${stateSince}`],
    ["subject", mail.subject],
    ["begun", startedAt],
    ["job", jobId],
    ["recipients", String(recipients)],
    ["seen to", `${seenTo} of ${recipients}, ${Math.floor((100 * seenTo) / recipients)} %`],
    ...countFacts(totals),
    ["repeated", duplicates === 0 ? undefined : `${duplicates} more rows with an address that was there already`],
    ["left out", invalid === 0 ? undefined : `${rows(invalid)}: no right address or locale (see \`report\`)`],
    ["report", reportKey && `${reportKey}.csv in the broadcasts bucket`],
  ]);
}

const rows = (count: number): string => (count === 1 ? "1 row of the file" : `${count} rows of the file`);

const countFacts = (totals: BroadcastTotals): (readonly [string, string | undefined])[] =>
  Object.entries(STATUS_LABELS).map(([name, label]) => {
    const count = totals[name as keyof BroadcastTotals]; // the keys of both tables are the same
    const isNews = label.toLowerCase() !== name;
    return [name, count === 0 ? undefined : `${count}${isNews ? ` (${label.toLowerCase()})` : ""}`] as const;
  });

async function report(ports: BroadcastPorts, id: string, { json: isJson }: AsJson): Promise<string> {
  const broadcast = await broadcastOf(ports, id);
  const reasons = new Map<string, number>();
  for await (const page of listRecipientResults(ports.records, id)) {
    for (const { result } of page) {
      if (result.reason === undefined) continue;
      const reason = `${result.status}: ${result.reason}`;
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
  }
  const totals = await countResults(ports.records, id, broadcast);
  if (isJson === true) {
    const { reportKey, invalidLines } = broadcast;
    return json({ broadcastId: id, totals, reasons: Object.fromEntries(reasons), invalidLines, reportKey });
  }
  return [statusText(id, broadcast, totals), ...reasonLines(reasons), ...leftOut(broadcast)].join("\n\n");
}

const reasonLines = (reasons: ReadonlyMap<string, number>): string[] =>
  reasons.size === 0
    ? []
    : [["Not mailed", ...[...reasons].map(([reason, count]) => `  ${count}  ${plain(reason)}`)].join("\n")];

const leftOut = ({ invalidLines, invalid }: Broadcast): string[] =>
  invalid === 0
    ? []
    : [
        `Lines of the file that were left out${invalid > invalidLines.length ? ", the first" : ""}: ${invalidLines.join(", ")}`,
      ];
