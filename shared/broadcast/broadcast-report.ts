import { createHash } from "node:crypto";

import type { MailPayload } from "../contracts/mail-kinds.ts";
import type { Services } from "../lambda/compose-services.ts";
import { recipientIdOf } from "../records/suppression.ts";
import { readAllPages } from "./broadcast-files.ts";
import type { Broadcast } from "./broadcast-record.ts";
import { noTotals, STATUS_LABELS, withWaiting, type BroadcastTotals } from "./broadcast-totals.ts";
import { listRecipientResults, type RecipientResult } from "./recipient-results.ts";

/** What a report says without naming anybody. */
export interface BroadcastReport {
  /** Where it lies in the `broadcasts` bucket, without its ending: `.csv` names the recipients, `.json` counts them. */
  readonly key: string;
  readonly totals: BroadcastTotals;
  /** Pages whose jobs did not complete. */
  readonly unfinishedPages: number;
}

interface Reported {
  readonly broadcastId: string;
  readonly broadcast: Broadcast;
  readonly unfinishedPages: number;
}

/**
 * Writes what became of each recipient, as of now. Its name follows from the job: an attempt that died in here and the next
 * one write one report, another job over the same broadcast writes its own.
 */
export async function writeReport(
  { files, records, clock }: Pick<Services, "files" | "records" | "clock">,
  { broadcastId, broadcast, unfinishedPages }: Reported,
): Promise<BroadcastReport> {
  const results = new Map<string, RecipientResult>();
  for await (const page of listRecipientResults(records, broadcastId)) {
    for (const { recipientId, result } of page) results.set(recipientId, result);
  }
  const { csv, totals } = await writeCsv({ files }, broadcast, results);
  const at = new Date(clock.now()).toISOString();
  const key = `reports/${broadcastId}/${hashOf(broadcast.jobId)}`;
  const { recipients, duplicates, invalid, invalidLines, startedAt, mail } = broadcast;
  const summary = { broadcastId, at, startedAt, mail, recipients, totals, unfinishedPages };
  const json = { ...summary, duplicates, invalid, invalidLines };
  const bucket = "broadcasts";
  await files.putOnce({ bucket, key: `${key}.csv`, body: Buffer.from(csv), contentType: "text/csv; charset=utf-8" });
  const body = Buffer.from(JSON.stringify(json, undefined, 2));
  await files.putOnce({ bucket, key: `${key}.json`, body, contentType: "application/json" });
  return { key, totals, unfinishedPages };
}

/** One line for each recipient, in the order of the audience. */
async function writeCsv(
  { files }: Pick<Services, "files">,
  broadcast: Broadcast,
  results: ReadonlyMap<string, RecipientResult>,
): Promise<{ readonly csv: string; readonly totals: BroadcastTotals }> {
  const totals = noTotals();
  const lines = ["email,status,reason,at"];
  for (const { email } of (await readAllPages(files, broadcast)).flat()) {
    const result = results.get(recipientIdOf(email));
    if (result !== undefined) totals[result.status] += 1;
    const { status = "waiting", reason = "", at = "" } = result ?? {};
    lines.push([email, status, reason, at].map(cell).join(","));
  }
  return { csv: `${lines.join("\r\n")}\r\n`, totals: withWaiting(totals, broadcast.recipients) };
}

const hashOf = (jobId: string): string => createHash("sha256").update(jobId).digest("hex").slice(0, 12);

/** RFC 4180; and no spreadsheet takes an address that begins with a plus for a formula. */
function cell(text: string): string {
  const plain = /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

/** The mail that tells the owner. */
export function reportMail(
  { broadcastId, broadcast }: Pick<Reported, "broadcastId" | "broadcast">,
  { key, totals, unfinishedPages }: BroadcastReport,
): MailPayload {
  const counts = Object.entries(STATUS_LABELS).flatMap(([status, label]) => {
    const count = totals[status as keyof BroadcastTotals]; // the keys of both tables are the same
    return count === 0 ? [] : [{ label, value: String(count) }];
  });
  const fact = (label: string, value: string | number) => ({ label, value: String(value) });
  const audience = [
    ...(broadcast.duplicates > 0 ? [fact("Addresses that came twice", broadcast.duplicates)] : []),
    ...(broadcast.invalid > 0 ? [fact("Rows left out, not right", broadcast.invalid)] : []),
    ...(unfinishedPages > 0 ? [fact("Pages that failed: replay their jobs", unfinishedPages)] : []),
  ];
  return {
    type: "report",
    data: {
      title: broadcast.state === "cancelled" ? "Broadcast cancelled" : "Broadcast sent",
      period: broadcastId,
      summary: [
        fact("Subject", broadcast.mail.subject),
        fact("Recipients", broadcast.recipients),
        ...counts,
        ...audience,
      ],
      sections: [
        {
          heading: "Recipient by recipient",
          rows: [fact("In the broadcasts bucket", `${key}.csv`), ...leftOut(broadcast)],
        },
      ],
    },
  };
}

/** A value of a report has 300 characters. */
const MOST_LINES_TOLD = 30;

function leftOut({ invalid, invalidLines }: Broadcast): { readonly label: string; readonly value: string }[] {
  if (invalid === 0) return [];
  const told = invalidLines.slice(0, MOST_LINES_TOLD).join(", ");
  return [{ label: "Lines of the file left out", value: invalid > MOST_LINES_TOLD ? `${told} …` : told }];
}
