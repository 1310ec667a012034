import { InvalidArgumentError, Option, type Command } from "commander";

import { emailAddress } from "../../shared/contracts/fields.ts";
import { isoTime } from "../../shared/engine/iso-time.ts";
import { revokeFileLink } from "../../shared/links/file-links.ts";
import { readMessage } from "../../shared/messaging/message-record.ts";
import { describeTwilioError } from "../../shared/messaging/twilio-errors.ts";
import { mailStatistics, type MailStatistics } from "../../shared/records/mail-event.ts";
import {
  readSuppressions,
  recipientIdOf,
  suppress,
  unsuppress,
  type SuppressionScope,
} from "../../shared/records/suppression.ts";
import { facts, json, table, type Column } from "../layout.ts";
import { answer, type CliEngine } from "../open-engine.ts";
import { jsonOption, readWhole } from "../options.ts";

type MailPorts = Pick<CliEngine, "records" | "clock">;

const DAY_MS = 24 * 60 * 60 * 1000;
/** Events are kept so long. */
const MOST_DAYS = 90;
const DEFAULT_DAYS = 7;

/** Adds the commands about mail: `suppressed`, `suppress`, `unsuppress`, `stats`, `revoke-file`, `message`. */
export function registerMail(program: Command, open: () => MailPorts): void {
  program.commandsGroup("Who gets no mail:");
  addressed(program, "suppressed", "says whether an address gets mail, and why not").action(async (address: string) =>
    answer(await suppressed(open(), address)),
  );
  addressed(program, "suppress", "sends nothing to an address any more").action(async (address: string) =>
    answer(await add(open(), address)),
  );
  addressed(program, "unsuppress", "lets an address be mailed again, after a bounce, a complaint or by hand")
    .option("--marketing", "takes back that its owner has unsubscribed: only if they have asked for that")
    .action(async (address: string, options: { readonly marketing?: boolean }) =>
      answer(await lift(open(), address, options.marketing === true ? "marketing" : "all")),
    );
  program.commandsGroup("Mails that were sent:");
  program
    .command("stats")
    .description("what SES has reported of mails, by their kind")
    .addOption(new Option("--days <days>", "the last days, today included").default(DEFAULT_DAYS).argParser(readDays))
    .addOption(jsonOption())
    .action(async (options: StatsOptions) => answer(await statistics(open(), options)));
  program
    .command("revoke-file")
    .argument("<link>", "the link in the mail, or its token")
    .description("ends the link to a file that was too large for its mail")
    .action(async (link: string) => answer(await revoke(open(), link)));
  program.commandsGroup("WhatsApp and SMS:");
  program
    .command("message")
    .argument("<sid>", "Twilio's id of the message: the receipt that `npm run job -- show` prints", readMessageSid)
    .description("what became of a message, why it did not arrive, and what it cost")
    .action(async (sid: string) => answer(await message(open(), sid)));
}

const addressed = (program: Command, name: string, description: string): Command =>
  program.command(name).argument("<address>", "a mail address", readAddress).description(description);

function readAddress(text: string): string {
  if (!emailAddress.safeParse(text.trim()).success) throw new InvalidArgumentError("must be one mail address.");
  return text.trim();
}

function readMessageSid(text: string): string {
  if (!/^[SM]M[0-9a-f]{32}$/.test(text)) throw new InvalidArgumentError("must be SM or MM and 32 hexadecimal digits.");
  return text;
}

const REASONS: Readonly<Record<string, string>> = {
  hard_bounce: "its mail server refuses the address for good",
  complaint: "its owner has marked a mail as spam",
  by_hand: "somebody here has put it on the list",
};

async function suppressed({ records }: MailPorts, address: string): Promise<string> {
  const { all, marketing } = await readSuppressions(records, recipientIdOf(address));
  const lines = [
    ...(all === undefined ? [] : [`Gets no mail since ${all.at}: ${REASONS[all.reason]} (${all.reason}).`]),
    ...(marketing === undefined
      ? []
      : [`Has unsubscribed from news${byLink(marketing.broadcastId)}, at ${marketing.at}.`]),
  ];
  return lines.length === 0 ? "Gets all mail." : lines.join("\n");
}

const byLink = (broadcastId: string | undefined): string =>
  broadcastId === undefined ? "" : ` by the link of ${broadcastId}`;

async function add({ records, clock }: MailPorts, address: string): Promise<string> {
  const at = isoTime(clock.now());
  const isNew = await suppress(records, recipientIdOf(address), { scope: "all", reason: "by_hand", at });
  return isNew ? "Nothing is sent to it any more." : "It was on the list already; `suppressed` says since when.";
}

/** The configuration set has it on: what is on both lists must be taken off both. */
const SES_LIST =
  "SES keeps a list of its own, after bounces and complaints:\n" +
  "  aws sesv2 delete-suppressed-destination --email-address <address>";

async function lift({ records, clock }: MailPorts, address: string, scope: SuppressionScope): Promise<string> {
  const wasListed = await unsuppress(records, recipientIdOf(address), scope, isoTime(clock.now()));
  if (!wasListed) return "It was not on that list.";
  return scope === "all" ? `It is mailed again. ${SES_LIST}` : "It gets news again.";
}

interface StatsOptions {
  readonly days: number;
  readonly json?: boolean;
}

function readDays(text: string): number {
  const days = readWhole(text);
  if (days < 1 || days > MOST_DAYS)
    throw new InvalidArgumentError(`must be 1 to ${MOST_DAYS}: events are kept so long.`);
  return days;
}

const count = (title: string, of: (row: MailStatistics) => number): Column<MailStatistics> => ({
  title,
  text: (row) => String(of(row)),
  isNumber: true,
});
const share = (title: string, of: keyof MailStatistics["rates"]): Column<MailStatistics> => ({
  title,
  text: ({ rates }) => `${(100 * rates[of]).toFixed(1)} %`,
  isNumber: true,
});

const COLUMNS: readonly Column<MailStatistics>[] = [
  { title: "kind", text: ({ kind }) => kind },
  count("sent", ({ sent }) => sent),
  count("delivered", ({ delivered }) => delivered),
  share("of sent", "delivered"),
  count("bounced", ({ bounced }) => bounced),
  share("of sent", "bounced"),
  count("complained", ({ complained }) => complained),
  share("of delivered", "complained"),
  count("opened", ({ opened }) => opened),
  count("clicked", ({ clicked }) => clicked),
];

async function statistics({ records, clock }: MailPorts, { days, json: isJson }: StatsOptions): Promise<string> {
  const dayOf = (at: number) => isoTime(at).slice(0, 10);
  const now = clock.now();
  const rows = await mailStatistics(records, { from: dayOf(now - (days - 1) * DAY_MS), to: dayOf(now) });
  if (isJson === true) return json(rows);
  return rows.length === 0 ? "SES has reported no mail in these days." : table(COLUMNS, rows);
}

async function revoke({ records, clock }: MailPorts, link: string): Promise<string> {
  const [, id] = /(?:^|\/files\/)([0-9a-f]{32})(?:\.[A-Za-z0-9_-]+)?$/.exec(link.trim()) ?? [];
  if (id === undefined) throw new Error("This is no link to a file. It looks like https://…/files/<token>.");
  const revoked = await revokeFileLink(records, id, clock.now());
  if (revoked === undefined) throw new Error("There is no such link; or it has ended over a month ago.");
  return `The link to ${revoked.filename} leads nowhere since ${revoked.revokedAt}.`;
}

async function message({ records }: MailPorts, sid: string): Promise<string> {
  const known = await readMessage(records, sid);
  if (known === undefined) throw new Error("Twilio has reported nothing of this message, or over thirteen months ago.");
  const { status, at, errorCode, price, priceUnit, jobId, history } = known.body;
  return facts([
    ["message", sid],
    ["job", jobId],
    ["status", `${status}, since ${at}`],
    ["error", errorCode === undefined ? undefined : describeTwilioError(errorCode)],
    ["cost", price === undefined ? undefined : `${price} ${priceUnit ?? ""}`.trim()],
    ["heard of", history.map((entry) => `${entry.status} at ${entry.at}`).join(", ")],
  ]);
}
