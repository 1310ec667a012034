import { createHash } from "node:crypto";

import * as z from "zod";

import { moment } from "../contracts/fields.ts";
import type { RecordStore } from "../ports/record-store.ts";
import { DAY_MS } from "../job/durations.ts";

const mailEvent = z.object({
  /** As SES names it: `Send`, `Delivery`, `Bounce`, `Complaint`, `Open`, `Click`. */
  eventType: z.string(),
  /** What kind of mail it was. */
  kind: z.string(),
  at: moment,
  /** Hash of the address. */
  recipient: z.string().optional(),
  broadcastId: z.string().optional(),
  bounceType: z.string().optional(),
  /** Epoch seconds. */
  expiresAt: z.number(),
});

/** What SES reports of a mail. */
export type MailEvent = Omit<z.infer<typeof mailEvent>, "expiresAt"> & { readonly messageId: string };

const KEPT_DAYS = 90;
/** DynamoDB writes one partition about 1,000 times a second: a day's events are spread over eight. */
const SHARDS = 8;
const LARGEST_PAGE = 1_000;

/** Stores an event under the day on which it happened; the same one again, and a mail's second opening, change nothing. */
export async function putMailEvent(records: RecordStore, { messageId, ...event }: MailEvent): Promise<void> {
  const expiresAt = Math.ceil(Date.parse(event.at) / 1000) + (KEPT_DAYS * DAY_MS) / 1000;
  const day = new Date(event.at).toISOString().slice(0, 10);
  const key = { kind: "mail_event", id: `${day}-${shardOf(messageId)}`, part: `${messageId}#${event.eventType}` };
  await records.create(key, { ...event, expiresAt });
}

const shardOf = (messageId: string): number => (createHash("sha256").update(messageId).digest()[0] ?? 0) % SHARDS;

/** How one kind of mail fared: mails, not events, for each counts once. */
export interface MailStatistics {
  readonly kind: string;
  readonly sent: number;
  readonly delivered: number;
  /** For good: SES has given up. */
  readonly bounced: number;
  readonly complained: number;
  readonly opened: number;
  readonly clicked: number;
  /** Shares of what was sent, of complaints and openings of what was delivered; 0 where there was none. */
  readonly rates: Readonly<Record<"delivered" | "bounced" | "complained" | "opened" | "clicked", number>>;
}

const COUNTED = {
  Send: "sent",
  Delivery: "delivered",
  Bounce: "bounced",
  Complaint: "complained",
  Open: "opened",
  Click: "clicked",
} as const;
type Counts = Record<(typeof COUNTED)[keyof typeof COUNTED], number>;

const isCounted = (eventType: string): eventType is keyof typeof COUNTED => Object.hasOwn(COUNTED, eventType);

/**
 * Counts what SES has reported in some days, by kind of mail, in the order of the kinds' names. What is delivered on the
 * day after it was sent counts there: over a short time, rates may pass 1.
 *
 * @param days first and last day in UTC, `YYYY-MM-DD`, both included; 90 days are kept.
 */
export async function mailStatistics(
  records: RecordStore,
  days: { readonly from: string; readonly to: string },
): Promise<readonly MailStatistics[]> {
  const kinds = new Map<string, Counts>();
  for (const day of daysOf(days)) {
    for (let shard = 0; shard < SHARDS; shard += 1) {
      for await (const { kind, eventType } of eventsOf(records, `${day}-${shard}`)) {
        const counts = kinds.get(kind) ?? { sent: 0, delivered: 0, bounced: 0, complained: 0, opened: 0, clicked: 0 };
        kinds.set(kind, counts);
        if (isCounted(eventType)) counts[COUNTED[eventType]] += 1;
      }
    }
  }
  const inOrder = [...kinds].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return inOrder.map(([kind, counts]) => ({ kind, ...counts, rates: ratesOf(counts) }));
}

function* daysOf({ from, to }: { readonly from: string; readonly to: string }): Generator<string> {
  for (let at = Date.parse(from); at <= Date.parse(to); at += DAY_MS) yield new Date(at).toISOString().slice(0, 10);
}

async function* eventsOf(records: RecordStore, id: string): AsyncGenerator<z.infer<typeof mailEvent>> {
  let after: string | undefined;
  for (;;) {
    const page = await records.list(
      { kind: "mail_event", id },
      { limit: LARGEST_PAGE, ...(after !== undefined && { after }) },
    );
    for (const { body } of page) yield mailEvent.parse(body);
    if (page.length < LARGEST_PAGE) return;
    after = page.at(-1)?.part;
  }
}

function ratesOf({ sent, delivered, bounced, complained, opened, clicked }: Counts): MailStatistics["rates"] {
  const share = (count: number, of: number) => (of === 0 ? 0 : count / of);
  return {
    delivered: share(delivered, sent),
    bounced: share(bounced, sent),
    complained: share(complained, delivered),
    opened: share(opened, delivered),
    clicked: share(clicked, delivered),
  };
}
