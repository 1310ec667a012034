import { readFileSync } from "node:fs";

import { expect, it } from "@jest/globals";

import type { Services } from "../../shared/lambda/compose-services.ts";
import { storeSeller } from "../../shared/records/seller.ts";
import { MemoryFileStore } from "../support/memory-file-store.ts";
import { MemoryMailer } from "../support/memory-mailer.ts";
import { MemoryReceiptStore } from "../support/memory-receipt-store.ts";
import { MemoryRecordStore } from "../support/memory-record-store.ts";
import { Simulation } from "../support/simulation.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

// Handlers read their environment when they are loaded; none of it is used here.
Object.assign(process.env, {
  AWS_REGION: "us-east-1",
  JOBS_TABLE: "jobs",
  RECORDS_TABLE: "records",
  QUEUE_URL_PREFIX: "https://sqs.us-east-1.amazonaws.com/000000000000/backline-",
});

function memoryServices() {
  return {
    files: new MemoryFileStore(),
    records: new MemoryRecordStore(),
    mailer: new MemoryMailer(new VirtualClock()),
    receipts: new MemoryReceiptStore(),
  } satisfies Services;
}

it("examples/receipt-copy stores the copy that its example asks for", async () => {
  const { definition, handle } = (await import("../../examples/receipt-copy/handler.ts")).handler;
  const services = memoryServices();
  const simulation = new Simulation(definition, (job) => handle(job, services));
  await simulation.enqueue({ orderId: "ord_1", text: "Paid, with thanks." });
  await simulation.settle();
  expect(simulation.job().status).toBe("completed");
  const copy = await services.files.get("invoices", "copies/ord_1.txt");
  expect(Buffer.from(copy).toString()).toBe("Paid, with thanks.");
});

it("examples/nightly-report sums up the day before its occurrence, however late it runs", async () => {
  const { definition, handle } = (await import("../../examples/nightly-report/handler.ts")).handler;
  const services = memoryServices();
  const seller: unknown = JSON.parse(readFileSync(new URL("../../examples/seller.json", import.meta.url), "utf8"));
  await storeSeller(services.records, seller);
  const simulation = new Simulation(definition, (job) => handle(job, services));
  simulation.clock.advanceTo(Date.UTC(2026, 0, 2, 5));
  const tick = { schedule: "nightly-report", at: "2026-01-02T01:30:00Z" }; // 02:30 in Berlin
  simulation.queue.put("nightly_report", JSON.stringify({ v: 1, type: "nightly_report", tick }));
  await simulation.settle();
  expect(simulation.job().status).toBe("completed");
  expect(simulation.log.lines).toContainEqual({
    level: "info",
    message: "Summed up.",
    fields: expect.objectContaining({ from: Date.UTC(2026, 0, 1, 1, 30), until: Date.UTC(2026, 0, 2, 1, 30) }),
  });
});
