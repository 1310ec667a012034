import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { Command } from "commander";

import { addBroadcastCommands } from "../../cli/commands/broadcast.ts";
import { createBroadcast, readBroadcast, type Broadcast } from "../../shared/broadcast/broadcast-record.ts";
import { claimRecipient, noteRecipientResult } from "../../shared/broadcast/recipient-results.ts";
import { MemoryRecordStore } from "../support/memory-record-store.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const at = "2025-12-31T23:00:00.000Z";
const spring: Broadcast = {
  state: "running",
  stateSince: at,
  audience: { csv: "audiences/spring.csv" },
  mail: { type: "marketing", subject: "Spring in the studio" },
  contentHash: "hash",
  pagesKey: "pages/spring/1",
  pages: 1,
  recipients: 4,
  duplicates: 2,
  invalid: 3,
  invalidLines: [7, 9, 12],
  startedAt: at,
  jobId: "email_broadcast-spring",
};

let records: MemoryRecordStore;
beforeEach(async () => {
  records = new MemoryRecordStore();
  await createBroadcast(records, "spring", spring);
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** Runs a command as a person would, on the 1st of January 2026; what it throws is what the shell would be told. */
async function run(...args: string[]): Promise<string> {
  let stdout = "";
  jest.spyOn(process.stdout, "write").mockImplementation((text) => (stdout += String(text)).length > 0);
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  addBroadcastCommands(program, () => ({ records, clock: new VirtualClock() }));
  try {
    await program.parseAsync(["broadcast", ...args], { from: "user" });
  } finally {
    jest.restoreAllMocks();
  }
  return stdout;
}

const recipient = (number: number) => ({ broadcastId: "spring", recipientId: String(number).padStart(40, "0") });

async function note(number: number, result: { readonly status: "sent" | "not_sent"; readonly reason?: string }) {
  const of = recipient(number);
  const claimed = await claimRecipient(records, of, { page: 0, jobId: "broadcast_page-1", at });
  await noteRecipientResult(records, of, { ...result, page: 0, at }, claimed);
}

const stateNow = async () => (await readBroadcast(records, "spring"))?.body;

describe("broadcast status", () => {
  it("counts what became of the recipients so far", async () => {
    await note(1, { status: "sent" });
    await note(2, { status: "not_sent", reason: "unsubscribed" });
    await claimRecipient(records, recipient(3), { page: 0, jobId: "broadcast_page-1", at });
    const text = await run("status", "spring");
    expect(text).toMatch(/^state +running, since 2025-12-31T23:00:00.000Z$/m);
    expect(text).toMatch(/^seen to +2 of 4, 50 %$/m);
    expect(text).toMatch(/^sent +1 \(mailed\)$/m);
    expect(text).toMatch(/^waiting +1 \(not mailed yet\)$/m);
    expect(text).toMatch(/^left out +3 rows of the file: no right address or locale/m);
  });

  it("answers with JSON for programs", async () => {
    await note(1, { status: "sent" });
    expect(JSON.parse(await run("status", "spring", "--json"))).toMatchObject({
      broadcastId: "spring",
      state: "running",
      totals: { sent: 1, waiting: 3 },
    });
  });

  it("says what to do about an id that is none", async () => {
    await expect(run("status", "summer")).rejects.toThrow("There is no broadcast summer.");
    await expect(run("status", "no such id")).rejects.toThrow("no such id is no broadcast's id");
  });
});

describe("broadcast report", () => {
  it("says why mails were not sent, and which lines of the file were left out", async () => {
    await note(1, { status: "not_sent", reason: "unsubscribed" });
    await note(2, { status: "not_sent", reason: "unsubscribed" });
    const text = await run("report", "spring");
    expect(text).toContain("2  not_sent: unsubscribed");
    expect(text).toContain("Lines of the file that were left out: 7, 9, 12");
  });
});

describe("broadcast pause, resume and cancel", () => {
  it("move a broadcast, with the time of it", async () => {
    await expect(run("pause", "spring")).resolves.toContain("npm run mail -- broadcast resume spring");
    await expect(stateNow()).resolves.toMatchObject({ state: "paused", stateSince: "2026-01-01T00:00:00.000Z" });
    await run("resume", "spring");
    await expect(stateNow()).resolves.toMatchObject({ state: "running" });
    await run("cancel", "spring");
    await expect(stateNow()).resolves.toMatchObject({ state: "cancelled" });
  });

  it("may be said twice: the second time changes nothing", async () => {
    await run("pause", "spring");
    await run("pause", "spring");
    await expect(readBroadcast(records, "spring")).resolves.toHaveProperty("version", 2);
  });

  it.each([
    ["resume", "cancelled"],
    ["pause", "done"],
    ["cancel", "done"],
    ["resume", "done"],
  ] as const)("%s is refused for a broadcast that is %s", async (move, state) => {
    await createBroadcast(records, "other", { ...spring, state });
    await expect(run(move, "other")).rejects.toThrow(`Broadcast other is ${state}: there is nothing to ${move}.`);
  });
});
