import {
  checkJob,
  crashAfter,
  crashBefore,
  expectMail,
  expectNothingDone,
  runJob,
  type StoredFile,
  type TestRun,
} from "../../testing/index.ts"; // before the handlers
import { describe, expect, it } from "@jest/globals";

import { handler } from "../../functions/bookings/cleanup-old-audit-logs.ts";
import { handler as emailHandler } from "../../functions/messaging/email.ts";
import type { FileStore } from "../../shared/ports/file-store.ts";
import { audits, type AuditEntry } from "../../shared/records/audit.ts";
import { behindFile } from "../support/meanwhile.ts";

const NOW = "2026-03-01T02:00:00Z";
const payload = { dryRun: false, asOf: NOW };
const others = [emailHandler];

const anEntry = (overrides: Partial<AuditEntry> = {}) =>
  audits.given({
    auditId: "au_1",
    at: "2025-11-01T10:00:00Z",
    actor: "us_1",
    action: "booking.cancelled",
    subject: { kind: "booking", id: "bk_1" },
    severity: "info",
    details: { reason: "Fell ill." },
    ...overrides,
  });
const entries = (count: number) =>
  Array.from({ length: count }, (_, number) => anEntry({ auditId: `au_${String(number).padStart(3, "0")}` }));

interface Line {
  readonly id?: string;
  readonly version?: number;
  readonly record?: AuditEntry;
}
// Lines of our own files.
const linesOf = (file: StoredFile | undefined): Line[] =>
  (file?.text() ?? "")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
/** Of all files, without their first lines. */
const archivedIn = ({ files }: TestRun) => files.flatMap((file) => linesOf(file).slice(1));
const idsOf = ({ records }: TestRun) => records.filter(({ kind }) => kind === "audit").map(({ id }) => id);

describe("the clean-up of the audit log", () => {
  it("archives entries older than 90 days as JSON lines, and deletes them; critical ones stay for good", async () => {
    const records = [
      anEntry({ auditId: "au_before", at: "2025-12-01T01:59:59.999Z" }),
      anEntry({ auditId: "au_at", at: "2025-12-01T02:00:00.000Z" }),
      anEntry({ auditId: "au_after", at: "2025-12-01T02:00:00.001Z" }),
      anEntry({ auditId: "au_critical", severity: "critical" }),
      anEntry({ auditId: "au_warning", severity: "warning" }),
    ];
    const run = await runJob(handler, payload, { now: NOW, records, idempotencyKey: "night-1" });
    expect(run.result).toEqual({
      success: true,
      errors: [],
      errorCount: 0,
      visited: 2,
      dryRun: false,
      deletedCount: 2,
      archivePrefix: "audit/2026/03/01/cleanup_old_audit_logs-night-1-",
    });
    expect(idsOf(run)).toEqual(["au_at", "au_after", "au_critical"]);
    expect(run.files).toHaveLength(1);
    const [file] = run.files;
    expect(file).toMatchObject({
      bucket: "archives",
      key: expect.stringMatching(/^audit\/2026\/03\/01\/cleanup_old_audit_logs-night-1-[0-9a-f]{16}\.jsonl$/),
      contentType: "application/x-ndjson",
    });
    expect(linesOf(file)).toEqual([
      { archive: "audit", jobId: run.id, asOf: "2026-03-01T02:00:00.000Z", leftOut: [] },
      { id: "au_warning", part: "-", version: 1, record: records[4]?.body },
      { id: "au_before", part: "-", version: 1, record: records[0]?.body },
    ]);
    expect(run.enqueued).toEqual([]);
  });

  it("keeps what it does not know of an entry in the archive", async () => {
    const given = anEntry();
    const records = [{ ...given, body: { ...given.body, from: "a newer version" } }];
    const run = await runJob(handler, payload, { now: NOW, records });
    expect(archivedIn(run)).toMatchObject([{ record: { auditId: "au_1", from: "a newer version" } }]);
  });

  it("puts fifty entries into each file", async () => {
    const run = await runJob(handler, payload, { now: NOW, records: entries(120) });
    expect(run.result).toMatchObject({ visited: 120, deletedCount: 120 });
    expect(run.files.map((file) => linesOf(file).length - 1)).toEqual([50, 50, 20]);
    expect(new Set(archivedIn(run).map(({ id }) => id)).size).toBe(120);
    expect(idsOf(run)).toEqual([]);
  });

  it("keeps entries as long as the settings say, and stores no file for none", async () => {
    const settings = { kind: "settings", id: "sweeps", body: { bookings: { auditRetentionDays: 365 } } };
    const run = await runJob(handler, payload, { now: NOW, records: [anEntry(), settings] });
    expect(run.result).toMatchObject({ success: true, visited: 0, deletedCount: 0 });
    expect(run.result).not.toHaveProperty("archivePrefix");
    expectNothingDone(run);
    expect(idsOf(run)).toEqual(["au_1"]);
  });

  it("stores and deletes nothing in a dry run, and says how many it would", async () => {
    const run = await runJob(handler, { ...payload, dryRun: true }, { now: NOW, records: entries(60) });
    expect(run.result).toMatchObject({ success: true, dryRun: true, visited: 60, deletedCount: 60 });
    expect(run.result).not.toHaveProperty("archivePrefix");
    expectNothingDone(run);
    expect(idsOf(run)).toHaveLength(60);
    expect(run.calls.filter((call) => call.startsWith("files."))).toEqual([]);
  });
});

describe("an archive behind which a crash comes", () => {
  it.each([
    ["before the file is stored", crashBefore("files.putOnce")],
    ["when the file is stored", crashAfter("files.putOnce")],
    ["before the first entry is deleted", crashBefore("records.remove")],
    ["when some are deleted", crashAfter("records.remove", 20)],
    ["when all of the page are", crashAfter("records.remove", 50)],
    ["when there is nothing left", crashAfter("records.remove", 60)],
  ])("%s holds each entry once, and the totals are right", async (_, fault) => {
    const run = await runJob(handler, payload, { now: NOW, records: entries(60), faults: [fault] });
    expect(run.result).toMatchObject({ success: true, visited: 60, deletedCount: 60 });
    expect(run.files).toHaveLength(2);
    expect(archivedIn(run)).toHaveLength(60);
    expect(new Set(archivedIn(run).map(({ id }) => id)).size).toBe(60);
    expect(idsOf(run)).toEqual([]);
  });

  it("counts what it could not read, also when its page is visited again", async () => {
    const broken = { ...anEntry({ auditId: "au_010_broken" }), body: { at: "2025-11-01T10:00:00Z" } };
    const records = [broken, ...entries(60)];
    const faults = [crashAfter("records.remove", 20)];
    const run = await runJob(handler, payload, { now: NOW, records, faults });
    expect(run.result).toMatchObject({ success: false, errorCount: 1, visited: 61, deletedCount: 60 });
    expect(archivedIn(run)).toHaveLength(60);
    expect(idsOf(run)).toEqual(["au_010_broken"]);
  });

  it("goes by the file of a run that had lost its lease and was faster, which knew of one entry only", async () => {
    const overtaken: typeof handler.handle = (job, services) => {
      const { files } = services;
      const putOnce: FileStore["putOnce"] = async (file) => {
        const [head, first] = Buffer.from(file.body).toString().split("\n");
        await files.putOnce({ ...file, body: Buffer.from(`${head}\n${first}\n`) });
        return files.putOnce(file);
      };
      return handler.handle(job, { ...services, files: { ...files, putOnce } });
    };
    const tested = { definition: handler.definition, handle: overtaken };
    const run = await runJob(tested, payload, { now: NOW, records: entries(3) });
    expect(run.result).toMatchObject({ success: true, visited: 1, deletedCount: 1 });
    expect(archivedIn(run)).toMatchObject([{ id: "au_000" }]);
    expect(idsOf(run)).toEqual(["au_001", "au_002"]);
  });

  it("survives it, wherever it comes", async () => {
    const report = await checkJob(handler, payload, { now: NOW, records: entries(3) });
    expect(report.resends).toEqual([]);
  }, 60_000);
});

describe("an entry that is changed", () => {
  const changing = behindFile(handler, (records) =>
    audits.update(records, { id: "au_001" }, () => ({ details: { reason: "Something else." } })),
  );

  it("between its archiving and its deletion stays, for the next run to archive as it then is", async () => {
    const run = await runJob(changing, payload, { now: NOW, records: entries(3) });
    expect(run.result).toMatchObject({ success: true, visited: 3, deletedCount: 2 });
    expect(idsOf(run)).toEqual(["au_001"]);
    const left = run.records.filter(({ kind }) => kind === "audit").map((each) => audits.parse(each, each).body);
    const next = await runJob(handler, payload, { now: NOW, records: left.map((body) => audits.given(body)) });
    expect(archivedIn(next)).toMatchObject([{ id: "au_001", record: { details: { reason: "Something else." } } }]);
    expect(idsOf(next)).toEqual([]);
  });

  it("stays too when a crash comes in between", async () => {
    const faults = [crashBefore("records.remove", 1)];
    const run = await runJob(changing, payload, { now: NOW, records: entries(3), faults });
    expect(run.result).toMatchObject({ success: true, visited: 3, deletedCount: 2 });
    expect(run.files).toHaveLength(1);
    expect(idsOf(run)).toEqual(["au_001"]);
  });
});

describe("an entry that is not right", () => {
  it("is an error of its own: the others are archived, and the owner gets a mail", async () => {
    const broken = { ...anEntry({ auditId: "au_broken" }), body: { at: "2025-11-01T10:00:00Z", secret: "Ada" } };
    const run = await runJob(handler, payload, { now: NOW, records: [broken, anEntry()], others });
    expect(run.result).toMatchObject({ success: false, errorCount: 1, deletedCount: 1 });
    expect(run.result).toMatchObject({ errors: [expect.stringMatching(/^au_broken: The audit record au_broken /)] });
    expect(linesOf(run.files[0])[0]).toMatchObject({ leftOut: [{ id: "au_broken" }] });
    expect(run.files[0]?.text()).not.toContain("Ada");
    expect(idsOf(run)).toEqual(["au_broken"]);
    expectMail(run, { subject: /cleanup_old_audit_logs: 1 could not be done/ });
  });
});
