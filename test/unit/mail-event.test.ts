import { describe, expect, it } from "@jest/globals";

import { mailStatistics, putMailEvent, type MailEvent } from "../../shared/records/mail-event.ts";
import { MemoryRecordStore } from "../support/memory-record-store.ts";

const anEvent = (overrides: Partial<MailEvent> = {}): MailEvent => ({
  messageId: "m-1",
  eventType: "Send",
  kind: "invoice",
  at: "2026-01-05T09:00:00Z",
  ...overrides,
});

async function stored(events: readonly Partial<MailEvent>[]): Promise<MemoryRecordStore> {
  const records = new MemoryRecordStore();
  for (const event of events) await putMailEvent(records, anEvent(event));
  return records;
}

const WEEK = { from: "2026-01-05", to: "2026-01-11" };

describe("mail statistics", () => {
  it("count each mail once by its kind, and say the rates", async () => {
    const records = await stored([
      { messageId: "m-1" },
      { messageId: "m-1", eventType: "Delivery" },
      { messageId: "m-1", eventType: "Open" },
      { messageId: "m-1", eventType: "Open", at: "2026-01-05T12:00:00Z" },
      { messageId: "m-2" },
      { messageId: "m-2", eventType: "Bounce", bounceType: "Permanent" },
      { messageId: "m-3", kind: "marketing" },
      { messageId: "m-3", kind: "marketing", eventType: "Delivery" },
      { messageId: "m-3", kind: "marketing", eventType: "Complaint" },
      { messageId: "m-3", kind: "marketing", eventType: "Click" },
    ]);
    const statistics = await mailStatistics(records, WEEK);
    const rows = statistics.map(({ kind, rates, ...of }) => ({
      kind,
      counts: [of.sent, of.delivered, of.bounced, of.complained, of.opened, of.clicked],
      rates,
    }));
    expect(rows).toEqual([
      {
        kind: "invoice",
        counts: [2, 1, 1, 0, 1, 0],
        rates: { delivered: 0.5, bounced: 0.5, complained: 0, opened: 1, clicked: 0 },
      },
      {
        kind: "marketing",
        counts: [1, 1, 0, 1, 0, 1],
        rates: { delivered: 1, bounced: 0, complained: 1, opened: 0, clicked: 1 },
      },
    ]);
  });

  it("count the days that are asked for, both included, in UTC", async () => {
    const times = ["2026-01-04T23:59:59Z", "2026-01-05T00:00:00Z", "2026-01-12T00:30:00+01:00", "2026-01-12T00:00:00Z"];
    const records = await stored(times.map((at, index) => ({ messageId: `m-${index}`, at })));
    await expect(mailStatistics(records, WEEK)).resolves.toMatchObject([{ kind: "invoice", sent: 2 }]);
  });

  it("count over a thousand mails of one day, and leave events out that they do not know", async () => {
    const events = Array.from({ length: 9000 }, (_, index) => ({ messageId: `m-${index}` }));
    const records = await stored([...events, { messageId: "m-0", eventType: "DeliveryDelay" }]);
    await expect(mailStatistics(records, WEEK)).resolves.toMatchObject([{ sent: 9000, delivered: 0 }]);
  }, 60_000);

  it("are kept for 90 days", async () => {
    const records = await stored([{}]);
    const [name = ""] = records.namesOf("mail_event");
    const [id = "", part = ""] = name.split("/");
    expect(id).toMatch(/^2026-01-05-[0-7]$/);
    const event = await records.get({ kind: "mail_event", id, part });
    expect(event?.body["expiresAt"]).toBe(Date.parse("2026-04-05T09:00:00Z") / 1000);
  });
});
