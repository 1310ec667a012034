import { beforeEach, describe, expect, it } from "@jest/globals";

import {
  claimRecipient,
  listRecipientResults,
  noteCancelled,
  noteRecipientEvent,
  noteRecipientResult,
  readRecipientResult,
  type RecipientEvent,
} from "../../shared/broadcast/recipient-results.ts";
import { MemoryRecordStore } from "../support/memory-record-store.ts";

const of = { broadcastId: "spring", recipientId: "b5fc85e55755f9e0d030a10ab4429b6b2944855f" };
const at = "2026-01-01T10:00:00.000Z";
const claim = { page: 3, jobId: "broadcast_page-a", at };
const sent = { status: "sent", messageId: "m-1", page: 3, at } as const;

let records: MemoryRecordStore;
beforeEach(() => {
  records = new MemoryRecordStore();
});

const known = async () => (await readRecipientResult(records, of))?.body;
const event = (status: RecipientEvent["status"], when = "2026-01-01T10:05:00Z") =>
  noteRecipientEvent(records, { ...of, status, at: when });

describe("a recipient's claim", () => {
  it("belongs to the job that came first, also when that one comes again", async () => {
    await claimRecipient(records, of, claim);
    const other = await claimRecipient(records, of, { ...claim, jobId: "broadcast_page-b" });
    const again = await claimRecipient(records, of, claim);
    expect([other.body.jobId, again.body.jobId]).toEqual(["broadcast_page-a", "broadcast_page-a"]);
  });

  it("is not given to anybody when the broadcast was cancelled before it", async () => {
    await noteCancelled(records, of, { page: 3, at });
    await expect(claimRecipient(records, of, claim)).resolves.toMatchObject({ body: { status: "cancelled" } });
  });

  it("is left alone by a cancel: its mail may be out", async () => {
    await claimRecipient(records, of, claim);
    await expect(noteCancelled(records, of, { page: 3, at })).resolves.toMatchObject({ status: "sending" });
  });
});

describe("a recipient's result", () => {
  it("takes the claim's place", async () => {
    const claimed = await claimRecipient(records, of, claim);
    await noteRecipientResult(records, of, sent, claimed);
    await expect(known()).resolves.toEqual(sent);
  });

  it("adds the message's id, and nothing else, to what an event has said before it", async () => {
    const claimed = await claimRecipient(records, of, claim);
    await event("delivered");
    await noteRecipientResult(records, of, sent, claimed);
    await expect(known()).resolves.toMatchObject({
      status: "delivered",
      messageId: "m-1",
      at: "2026-01-01T10:05:00Z",
    });
  });

  it("of a second write, whose first one's answer was lost, changes nothing", async () => {
    const claimed = await claimRecipient(records, of, claim);
    await noteRecipientResult(records, of, sent, claimed);
    await event("delivered");
    await noteRecipientResult(records, of, sent, claimed);
    await expect(known()).resolves.toMatchObject({ status: "delivered" });
  });
});

describe("an event of SES", () => {
  it.each([
    [["sent", "delivered", "bounced"], "bounced"],
    [["complained", "delivered", "sent"], "complained"],
    [["bounced", "delivered", "bounced"], "bounced"],
    [["delivered", "complained", "bounced"], "complained"],
  ] as const)("raises a status and never lowers it: %j", async (events, expected) => {
    await claimRecipient(records, of, claim);
    for (const status of events) await event(status);
    await expect(known()).resolves.toMatchObject({ status: expected, page: 3 });
  });

  it("corrects a result that says that there was no mail", async () => {
    const claimed = await claimRecipient(records, of, claim);
    await noteRecipientResult(records, of, { status: "failed", reason: "MessageRejected", page: 3, at }, claimed);
    await event("delivered");
    const result = await known();
    expect(result?.status).toBe("delivered");
    expect(result).not.toHaveProperty("reason");
  });

  it("that comes twice is written once", async () => {
    await claimRecipient(records, of, claim);
    await event("delivered", "2026-01-01T10:05:00Z");
    await event("delivered", "2026-01-01T11:00:00Z");
    await expect(readRecipientResult(records, of)).resolves.toMatchObject({
      version: 2,
      body: { at: "2026-01-01T10:05:00Z" },
    });
  });

  it("of nobody in this broadcast is dropped", async () => {
    await event("delivered");
    await expect(known()).resolves.toBeUndefined();
  });

  it("gets through although another one comes in between", async () => {
    await claimRecipient(records, of, claim);
    await Promise.all([event("sent"), event("complained"), event("delivered"), event("bounced")]);
    await expect(known()).resolves.toMatchObject({ status: "complained" });
  });
});

describe("the results of a broadcast", () => {
  it("are listed to the last one, a thousand at a time", async () => {
    for (let number = 0; number < 1_001; number += 1) {
      const recipientId = number.toString(16).padStart(40, "0");
      await noteCancelled(records, { broadcastId: "spring", recipientId }, { page: 0, at });
    }
    const sizes: number[] = [];
    for await (const page of listRecipientResults(records, "spring")) sizes.push(page.length);
    expect(sizes).toEqual([1_000, 1]);
  });
});
