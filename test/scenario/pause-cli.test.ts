import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { Command } from "commander";

import { registerPause } from "../../cli/commands/pause.ts";
import { registerReading } from "../../cli/commands/reading.ts";
import type { CliEngine } from "../../cli/open-engine.ts";
import { listPauses } from "../../shared/engine/pauses.ts";
import { aRow } from "../support/job-rows.ts";
import { MemoryJobStore } from "../support/memory-job-store.ts";
import { MemoryReceiptStore } from "../support/memory-receipt-store.ts";
import { MemoryRecordStore } from "../support/memory-record-store.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const HOUR_MS = 60 * 60 * 1000;
const DEFINITIONS = [
  { type: "parcel", group: "post", aliases: ["package"] },
  { type: "letter", group: "post" },
  { type: "invoice" },
];

let clock: VirtualClock;
let records: MemoryRecordStore;
let store: MemoryJobStore;

beforeEach(() => {
  clock = new VirtualClock();
  records = new MemoryRecordStore();
  store = new MemoryJobStore();
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** Runs a command as a person would, on the 1st of January 2026; what it throws is what the shell would be told. */
async function run(...args: string[]): Promise<string> {
  let stdout = "";
  jest.spyOn(process.stdout, "write").mockImplementation((text) => (stdout += String(text)).length > 0);
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  registerPause(program, () => ({ records, clock }), DEFINITIONS);
  // The commands that look at one job need no more of an engine.
  registerReading(
    program,
    () => ({ store, records, clock, receipts: new MemoryReceiptStore() }) as unknown as CliEngine,
  );
  for (const command of program.commands) command.copyInheritedSettings(program);
  try {
    await program.parseAsync(args, { from: "user" });
  } finally {
    jest.restoreAllMocks();
  }
  return stdout;
}

const untilOf = async (): Promise<string | undefined> => {
  const [pause] = await listPauses({ records, clock });
  return pause?.until === undefined ? undefined : new Date(pause.until).toISOString();
};

describe("pause", () => {
  it("says until when, what comes of the jobs, and how it ends", async () => {
    await expect(run("pause", "parcel", "--by", "ada", "--until", "2h")).resolves.toBe(
      "The type parcel is paused until 2026-01-01T02:00:00Z.\n" +
        "Jobs are accepted and wait; those that run go on to their end. Every worker knows within ten seconds.\n" +
        "It ends with:  npm run job -- resume parcel\n",
    );
  });

  it("takes a type's alias for its name, as its end does", async () => {
    await expect(run("pause", "package", "--by", "ada")).resolves.toContain("The type parcel is paused.");
    await expect(run("resume", "package", "--by", "bob")).resolves.toContain("The type parcel goes on");
  });

  it("pauses a group, until it is resumed", async () => {
    const told = await run("pause", "--group", "post", "--by", "ada");
    expect(told).toMatch(/^The group post is paused\.\n(.|\n)*resume --group post\n$/);
    await expect(listPauses({ records, clock })).resolves.toMatchObject([{ target: { group: "post" }, by: "ada" }]);
    await expect(untilOf()).resolves.toBeUndefined();
  });

  it("says whose pause it replaces", async () => {
    await run("pause", "parcel", "--by", "ada", "--until", "2026-01-03T08:00Z", "--reason", "stock-taking");
    await expect(run("pause", "parcel", "--by", "grace")).resolves.toContain(
      '\nThis replaces the pause by ada, until 2026-01-03T08:00:00Z, "stock-taking".\n',
    );
  });

  it.each([
    ["90s", "2026-01-01T00:01:30.000Z"],
    ["45m", "2026-01-01T00:45:00.000Z"],
    ["3d", "2026-01-04T00:00:00.000Z"],
    ["2026-01-02", "2026-01-03T00:00:00.000Z"],
    ["2026-01-02T14:30:00Z", "2026-01-02T14:30:00.000Z"],
  ])("takes a time, a date (until its end) or a duration: %s", async (until, expected) => {
    await run("pause", "parcel", "--by", "ada", "--until", until);
    await expect(untilOf()).resolves.toBe(expected);
  });

  it.each([
    [["pause", "parcle"], "No job type is called parcle. There are: parcel, letter, invoice."],
    [["pause", "--group", "pots"], "No group is called pots. There are: post."],
    [["pause", "post"], "No job type is called post."],
    [["pause"], "Say what: either a job type, or --group <group>."],
    [["pause", "parcel", "--group", "post"], "Say what: either a job type, or --group <group>."],
    [["pause", "parcel", "letter"], "too many arguments"],
    [["pause", "parcel", "--until", "tomorrow"], "or a duration: 90s, 45m, 2h, 3d"],
    [["pause", "parcel", "--until", "2h30m"], "or a duration: 90s, 45m, 2h, 3d"],
    [["pause", "parcel", "--until", "2026-13-01"], "must be a time in UTC"],
    [["pause", "parcel", "--until", "2025-12-30"], "`until`: must be in the future"],
    [["pause", "parcel", "--until", "0s"], "`until`: must be in the future"],
    [["pause", "parcel", "--reason", "one\ntwo"], "1 to 200 characters in one line"],
    [["pause", "parcel", "--reason", "x".repeat(201)], "1 to 200 characters in one line"],
    [["pause", "parcel", "--by", "\u001B[2J"], "1 to 200 characters in one line"],
    [["resume"], "Say what: either a job type, or --group <group>."],
    [["resume", "parcle"], "No job type is called parcle. There are: parcel, letter, invoice."],
    [["resume", "parcel"], "The type parcel is not paused"],
  ])("is refused in words: %j", async (args, words) => {
    await expect(run(...args)).rejects.toThrow(words);
    expect(records.namesOf("pause")).toEqual([]);
  });

  it("says that there are no groups where the catalog has none", async () => {
    const program = new Command().exitOverride();
    registerPause(program, () => ({ records, clock }), [{ type: "invoice" }]);
    const pausing = program.parseAsync(["pause", "--group", "post"], { from: "user" });
    await expect(pausing).rejects.toThrow("No group is called post. There are none.");
  });
});

describe("resume", () => {
  it("says whose pause has ended", async () => {
    await run("pause", "parcel", "--by", "ada", "--reason", "stock-taking");
    await expect(run("resume", "parcel", "--by", "grace")).resolves.toBe(
      'The type parcel goes on within a minute; it was paused by ada, "stock-taking".\n',
    );
    await expect(run("pauses")).resolves.toBe("Nothing is paused.\n");
  });

  it("says what stays paused: a type with its group, or types by themselves", async () => {
    await run("pause", "parcel", "--by", "ada");
    await run("pause", "--group", "post", "--by", "grace", "--until", "2h");
    await expect(run("resume", "parcel", "--by", "ada")).resolves.toContain(
      "\nThe type parcel is still paused by grace, until 2026-01-01T02:00:00Z (group post).\n",
    );
    await run("pause", "letter", "--by", "ada");
    await expect(run("resume", "--group", "post", "--by", "ada")).resolves.toBe(
      "The group post goes on within a minute; it was paused by grace, until 2026-01-01T02:00:00Z.\n" +
        "The type letter is still paused by ada.\n",
    );
  });

  it("ends the pause of a type that the catalog has no more", async () => {
    await records.create({ kind: "pause", id: "all" }, { pauses: [{ target: { type: "gone" }, by: "ada", at: 0 }] });
    await expect(run("resume", "gone", "--by", "ada")).resolves.toMatch(/^The type gone goes on/);
  });
});

describe("pauses", () => {
  it("lists what is paused, oldest first", async () => {
    await run("pause", "--group", "post", "--by", "ada", "--until", "2h", "--reason", "stock-taking");
    clock.advance(HOUR_MS);
    await run("pause", "invoice", "--by", "grace");
    const lines = (await run("pauses")).split("\n");
    expect(lines).toEqual([
      "PAUSED        SINCE                 UNTIL                 BY     REASON",
      "group post    2026-01-01T00:00:00Z  2026-01-01T02:00:00Z  ada    stock-taking",
      "type invoice  2026-01-01T01:00:00Z  resumed               grace",
      "",
    ]);
    clock.advance(HOUR_MS);
    await expect(run("pauses")).resolves.not.toContain("group post");
  });

  it("answers programs with JSON", async () => {
    await expect(run("pauses", "--json")).resolves.toBe("[]\n");
    await run("pause", "parcel", "--by", "ada");
    expect(JSON.parse(await run("pauses", "--json"))).toEqual([
      { target: { type: "parcel" }, by: "ada", at: 1_767_225_600_000 },
    ]);
  });
});

describe("why", () => {
  const type = "invoice_email"; // of the catalog

  it("names who paused the type of a job that is due, until when and why", async () => {
    await records.create(
      { kind: "pause", id: "all" },
      { pauses: [{ target: { type }, by: "ada", at: 0, until: clock.now() + HOUR_MS, reason: "stock-taking" }] },
    );
    await store.create(aRow({ id: "held", type }));
    await expect(run("why", "held")).resolves.toContain(
      ': its type was paused by ada, until 2026-01-01T01:00:00Z, "stock-taking".\n',
    );
    await expect(run("show", "held")).resolves.toContain("its type was paused by ada");
    await store.create(aRow({ id: "done", type, status: "completed" }));
    await expect(run("why", "done")).resolves.not.toContain("paused");
  });

  it("names no pause of another type", async () => {
    await records.create({ kind: "pause", id: "all" }, { pauses: [{ target: { type: "other" }, by: "ada", at: 0 }] });
    await store.create(aRow({ id: "free", type, status: "retrying" }));
    await expect(run("why", "free")).resolves.not.toContain("paused");
  });

  it("names the jobs that a job waits for", async () => {
    await store.create(aRow({ id: "waiting", type, status: "waiting" }));
    await expect(run("why", "waiting")).resolves.toContain("Waits for 1 job (other) to end");
  });
});
