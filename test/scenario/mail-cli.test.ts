import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { Command } from "commander";

import { registerMail } from "../../cli/commands/mail.ts";
import { createFileLink, followFileLink } from "../../shared/links/file-links.ts";
import { noteStatus } from "../../shared/messaging/message-record.ts";
import { putMailEvent } from "../../shared/records/mail-event.ts";
import { recipientIdOf, suppress, suppressionOf } from "../../shared/records/suppression.ts";
import { MemoryRecordStore } from "../support/memory-record-store.ts";
import { START, VirtualClock } from "../support/virtual-clock.ts";

const ADA = recipientIdOf("ada@example.com");
const SINCE = "2025-12-24T10:00:00Z";

let records: MemoryRecordStore;

beforeEach(() => {
  records = new MemoryRecordStore();
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** Runs a command as a person would, on the 1st of January 2026; what it throws is what the shell would be told. */
async function run(...args: string[]): Promise<string> {
  let stdout = "";
  jest.spyOn(process.stdout, "write").mockImplementation((text) => (stdout += String(text)).length > 0);
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  registerMail(program, () => ({ records, clock: new VirtualClock() }));
  for (const command of program.commands) command.copyInheritedSettings(program);
  try {
    await program.parseAsync(args, { from: "user" });
  } finally {
    jest.restoreAllMocks();
  }
  return stdout;
}

describe("suppressed", () => {
  it("says why an address gets no mail, since when, and what it has unsubscribed from", async () => {
    await expect(run("suppressed", "ada@example.com")).resolves.toBe("Gets all mail.\n");
    await suppress(records, ADA, { scope: "all", reason: "hard_bounce", at: SINCE });
    await suppress(records, ADA, { scope: "marketing", reason: "unsubscribed", at: SINCE, broadcastId: "spring-2026" });
    await expect(run("suppressed", "Ada@Example.com")).resolves.toBe(
      "Gets no mail since 2025-12-24T10:00:00Z: its mail server refuses the address for good (hard_bounce).\n" +
        "Has unsubscribed from news by the link of spring-2026, at 2025-12-24T10:00:00Z.\n",
    );
  });

  it.each(["", "ada", "ada@example.com, bob@example.com"])("refuses %j as an address", async (address) => {
    await expect(run("suppressed", address)).rejects.toThrow("must be one mail address");
  });
});

describe("suppress and unsuppress", () => {
  it("put an address on the list by hand, and take it off, once", async () => {
    await expect(run("suppress", "ada@example.com")).resolves.toBe("Nothing is sent to it any more.\n");
    await expect(run("suppress", "ada@example.com")).resolves.toContain("on the list already");
    await expect(suppressionOf(records, ADA, { isMarketing: false })).resolves.toMatchObject({ notSent: "by_hand" });
    await expect(run("unsuppress", "ada@example.com")).resolves.toMatch(
      /^It is mailed again\. SES keeps a list of its own.*\n.*delete-suppressed-destination/,
    );
    await expect(run("unsuppress", "ada@example.com")).resolves.toBe("It was not on that list.\n");
    await expect(suppressionOf(records, ADA, { isMarketing: false })).resolves.toBeUndefined();
  });

  it("leave who has unsubscribed unsubscribed, unless that is said", async () => {
    await suppress(records, ADA, { scope: "marketing", reason: "unsubscribed", at: SINCE });
    await expect(run("unsuppress", "ada@example.com")).resolves.toBe("It was not on that list.\n");
    await expect(suppressionOf(records, ADA, { isMarketing: true })).resolves.toMatchObject({
      notSent: "unsubscribed",
    });
    await expect(run("unsuppress", "ada@example.com", "--marketing")).resolves.toBe("It gets news again.\n");
    await expect(suppressionOf(records, ADA, { isMarketing: true })).resolves.toBeUndefined();
  });
});

describe("stats", () => {
  it("shows what became of the mails of the last days, by kind", async () => {
    const event = { messageId: "m-1", kind: "invoice", at: "2025-12-26T00:00:00Z" };
    await putMailEvent(records, { ...event, eventType: "Send" });
    await putMailEvent(records, { ...event, eventType: "Delivery" });
    await putMailEvent(records, { ...event, messageId: "m-2", eventType: "Send", at: "2025-12-25T23:59:59Z" });
    const told = await run("stats", "--days", "7");
    expect(told.split("\n").map((line) => line.split(/ {2,}/))).toEqual([
      expect.arrayContaining(["KIND", "SENT", "DELIVERED", "BOUNCED"]),
      ["invoice", "1", "1", "100.0 %", "0", "0.0 %", "0", "0.0 %", "0", "0"],
      [""],
    ]);
    await expect(run("stats", "--days", "1")).resolves.toBe("SES has reported no mail in these days.\n");
    expect(JSON.parse(await run("stats", "--days", "8", "--json"))).toMatchObject([{ kind: "invoice", sent: 2 }]);
  });

  it.each(["0", "91", "week"])("refuses %s days", async (days) => {
    await expect(run("stats", "--days", days)).rejects.toThrow(/1 to 90|whole number/);
  });
});

describe("revoke-file", () => {
  it("ends a link as it stands in the mail, or by its token", async () => {
    const file = { bucket: "invoices", key: "a.pdf", filename: "a.pdf", contentType: "application/pdf" } as const;
    const { id } = await createFileLink(records, { jobId: "job-1", file, now: START });
    const answer = "The link to a.pdf leads nowhere since 2026-01-01T00:00:00.000Z.\n";
    await expect(run("revoke-file", `https://api.example.com/files/${id}.sig_nature-1`)).resolves.toBe(answer);
    await expect(run("revoke-file", id)).resolves.toBe(answer);
    await expect(followFileLink(records, id, START)).resolves.toEqual({ state: "over" });
  });

  it("says that a link is none of a file, or is not known", async () => {
    await expect(run("revoke-file", "https://api.example.com/unsubscribe/x.y")).rejects.toThrow("no link to a file");
    await expect(run("revoke-file", "0".repeat(32))).rejects.toThrow("There is no such link");
  });
});

describe("message", () => {
  const SID = "SMb7dee101f5b341de717848b8e1157984";

  it("says what became of a message, why, and what it cost", async () => {
    const event = { messageSid: SID, at: START, jobId: "sms_message-1", effect: "message" };
    await noteStatus(records, { ...event, status: "sent" }, undefined);
    const report = { id: SID, status: "undelivered", errorCode: 30005, price: "0.0079", priceUnit: "USD" };
    await noteStatus(records, { ...event, status: "undelivered", errorCode: 30005 }, report);
    const told = await run("message", SID);
    expect(told).toMatch(/^job +sms_message-1$/m);
    expect(told).toMatch(/^status +undelivered, since 2026-01-01T00:00:00\.000Z$/m);
    expect(told).toMatch(/^error +.*30005/m);
    expect(told).toMatch(/^cost +0\.0079 USD$/m);
  });

  it("refuses what is no id of a message, and says when nothing is known", async () => {
    await expect(run("message", "sms_message-1")).rejects.toThrow("must be SM or MM");
    await expect(run("message", SID)).rejects.toThrow("has reported nothing of this message");
  });
});
