import { afterEach, expect, it, jest } from "@jest/globals";
import { Command } from "commander";

import { registerReading } from "../../cli/commands/reading.ts";
import type { CliEngine } from "../../cli/open-engine.ts";
import type { Job, StoredValue } from "../../shared/job/job.ts";
import { aRow } from "../support/job-rows.ts";
import { MemoryJobStore } from "../support/memory-job-store.ts";
import { MemoryReceiptStore } from "../support/memory-receipt-store.ts";
import { MemoryRecordStore } from "../support/memory-record-store.ts";
import { MemoryValueStore } from "../support/memory-file-store.ts";
import { START, VirtualClock } from "../support/virtual-clock.ts";

afterEach(() => {
  jest.restoreAllMocks();
});

/** What `show` says of a job that has returned this. */
async function shown(result: StoredValue, ...options: string[]): Promise<string> {
  const store = new MemoryJobStore();
  const values = new MemoryValueStore();
  await values.put("cleanup/spilled.json", '{"errors":["bk_2: There is no client cl_gone."]}');
  const completed = { ...aRow({ id: "cleanup-1", status: "completed", at: START }), result } as Job; // of a completed one
  await store.create(completed);
  const engine = {
    store,
    values,
    records: new MemoryRecordStore(),
    clock: new VirtualClock(),
    receipts: new MemoryReceiptStore(),
  };
  let stdout = "";
  jest.spyOn(process.stdout, "write").mockImplementation((text) => (stdout += String(text)).length > 0);
  const program = new Command().exitOverride();
  // The command needs no more of an engine.
  registerReading(program, () => engine as unknown as CliEngine);
  await program.parseAsync(["show", "cleanup-1", ...options], { from: "user" });
  return stdout;
}

it("shows what a job has returned to whoever asks for its payload, wherever it lies", async () => {
  const short = { json: '{"success":true,"dryRun":true,"deletedCount":3}' };
  await expect(shown(short, "--payload")).resolves.toContain('\n\nResult\n{\n  "success": true,\n  "dryRun": true');
  await expect(shown({ spilledTo: "cleanup/spilled.json" }, "--payload")).resolves.toContain(
    "bk_2: There is no client cl_gone.",
  );
});

it("shows neither payload nor result to others: they may name people", async () => {
  const text = await shown({ json: '{"to":"ada@example.com"}' });
  expect(text).toContain("cleanup-1  completed");
  expect(text).not.toContain("Result");
  expect(text).not.toContain("ada@example.com");
});
