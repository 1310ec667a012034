import { effectLedger, type EffectLedgerEntry } from "../shared/engine/insight/effect-ledger.ts";
import { durationText, timeText } from "../shared/engine/insight/time-text.ts";
import { timelineOf, type TimelineEvent } from "../shared/engine/insight/timeline.ts";
import type { Attempt, EpochMs, Job, LogLine, Progress } from "../shared/job/job.ts";
import type { ReportedReceipt } from "../shared/ports/receipt-store.ts";
import { facts, plain, wrapped } from "./layout.ts";

/** Under a time and two spaces. */
const AFTER_TIME = "2026-11-22T02:00:00Z  ".length;
const NO_TIME = " ".repeat(AFTER_TIME);

/** A job as a person reads it, without its payload. */
export function jobText(job: Job, reason: string, reports: readonly ReportedReceipt[]): string {
  const sections = [
    `${plain(job.id)}  ${job.status}\n${wrapped(reason)}`,
    overview(job),
    section("Timeline", timelineOf(job).map(eventText)),
    section("Effects", effectLedger(job, reports).map(effectText)),
    section("Log", (job.lines ?? []).map(lineText)),
    section("Last error", errorLines(job)),
  ];
  return sections.filter((each) => each !== "").join("\n\n");
}

const section = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? "" : [title, ...lines].join("\n");

const at = (time: EpochMs, text: string, indent = ""): string =>
  wrapped(`${indent}${timeText(time)}  ${text}`, indent.length + AFTER_TIME);

function overview(job: Job): string {
  const steps = Object.keys(job.steps);
  return facts([
    ["type", job.type],
    ["tenant", job.tenant],
    ["run", String(job.run)],
    ["enqueued", timeText(job.createdAt)],
    ["changed", timeText(job.updatedAt)],
    ["child of", job.parent?.id],
    ["children", counted(job.children)],
    ["batch", counted(job.batch)],
    ["waited for by", counted(Object.keys(job.dependants))],
    ["priority", job.priority === undefined ? undefined : String(job.priority)],
    ["schedule", job.schedule && `${job.schedule.name}, for ${timeText(job.schedule.at)}`],
    ["progress", job.progress && `${progressText(job.progress)} (${timeText(job.progress.at)})`],
    ["steps done", steps.length === 0 ? undefined : steps.join(", ")],
    ["correlation", job.correlationId],
    ["kept until", "expiresAt" in job && job.expiresAt !== undefined ? timeText(job.expiresAt * 1000) : undefined],
  ]);
}

const MOST_NAMED = 5;

/** `3 (a, b, c)`; nothing for none. */
function counted(ids: readonly string[] = []): string | undefined {
  if (ids.length === 0) return undefined;
  return `${ids.length} (${ids.slice(0, MOST_NAMED).join(", ")}${ids.length > MOST_NAMED ? ", …" : ""})`;
}

/** `3 of 10, 30 %: rendering`. */
export function progressText({ done, total, note }: Progress): string {
  const share = total === undefined || total === 0 ? "" : `, ${Math.floor((100 * done) / total)} %`;
  return `${done}${total === undefined ? "" : ` of ${total}`}${share}${note === undefined ? "" : `: ${note}`}`;
}

function eventText(event: TimelineEvent): string {
  switch (event.kind) {
    case "enqueued":
      return at(event.at, "enqueued");
    case "forgotten":
      return `${NO_TIME}${event.claims} earlier claims, forgotten`;
    case "claim": {
      const lasted = durationText(event.durationMs);
      return at(event.from, `attempt ${event.attempt} (claim ${event.epoch}): ${endingText(event)} after ${lasted}`);
    }
    case "silent": {
      const before = event.before === undefined ? "" : ` and ${timeText(event.before)}`;
      const between = `between ${timeText(event.after)}${before}`;
      return wrapped(
        `${NO_TIME}attempt ${event.attempt} (claim ${event.epoch}): ended without a word, ${between}`,
        AFTER_TIME,
      );
    }
    case "running":
      return at(
        event.from,
        `attempt ${event.attempt} (claim ${event.epoch}): lease until ${timeText(event.leaseUntil)}`,
      );
    case "restart":
      return `${NO_TIME}replayed: run ${event.run} begins`;
    case "resolution":
      return at(event.at, `${event.by} resolved effect "${event.effect}": ${event.decision}`);
    case "edit":
      return at(event.at, `${event.by} changed the payload (${event.hashBefore} → ${event.hashAfter})`);
    case "cancel_requested":
      return at(event.at, "a cancel was asked for");
    case "cancelled":
      return at(event.at, "cancelled");
    default:
      return event satisfies never;
  }
}

const ENDINGS: Readonly<Record<string, string>> = {
  complete: "completed",
  retry: "failed",
  fail: "failed for good",
  release: "given back to wait for a receipt,",
  snooze: "snoozed",
  continue: "goes on in another claim",
  wait: "waits for its children",
  expire: "too late to begin",
  review: "stopped for a person",
  stop: "stopped by a cancel",
};

const endingText = ({ ending, code }: Attempt): string =>
  `${ENDINGS[ending] ?? ending}${code === undefined ? "" : ` with ${code}`}`;

const STATES = {
  done: "done",
  sending: "is being sent",
  unknown: "outcome unknown",
  not_sent: "not sent",
} as const satisfies Record<EffectLedgerEntry["state"], string>;

function effectText({
  name,
  state,
  what,
  to,
  sentAt,
  receipt,
  awaitedUntil,
  earlier,
  reports,
}: EffectLedgerEntry): string {
  const described = [what, to === undefined ? undefined : `to ${to}`].filter((each) => each !== undefined).join(" ");
  const below = (time: EpochMs, text: string): string => at(time, text, "  ");
  return [
    wrapped(`${name}: ${STATES[state]}${described === "" ? "" : `, ${described}`}`, 2),
    ...(sentAt === undefined ? [] : [below(sentAt, "sent")]),
    ...(receipt === undefined ? [] : [below(receipt.at, `receipt ${receipt.id} (${SOURCES[receipt.source]})`)]),
    ...(awaitedUntil === undefined ? [] : [below(awaitedUntil, "until then its receipt is waited for")]),
    ...earlier.map((send) => below(send.at, `an earlier send, by claim ${send.epoch}: outcome unknown`)),
    ...reports.map((report) => below(report.at, `reported: ${report.eventType} of ${report.messageId}`)),
  ].join("\n");
}

const SOURCES = {
  send: "the send's own answer",
  found: "found afterwards",
  person: "a person's word",
} as const;

const lineText = ({ at: time, level, message }: LogLine): string => at(time, `${level.padEnd(5)}  ${message}`);

function errorLines({ error, fingerprint }: Job): string[] {
  if (error === undefined) return [];
  const print = error.fingerprint ?? fingerprint;
  const said = error.message === "" ? error.code : `${error.code}: ${error.message}`;
  return [at(error.at, said), ...(print ? [plain(`${NO_TIME}fingerprint ${print}`)] : [])];
}
