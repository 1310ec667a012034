import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { Command } from "commander";

import { registerControl } from "../../cli/commands/control.ts";
import { FailingJobs, parcel } from "../support/failing-jobs.ts";

let world: FailingJobs;
let folder: string;
const exitCode = process.exitCode;

beforeEach(async () => {
  world = new FailingJobs();
  await world.fail(3);
  world.mend();
  folder = await mkdtemp(path.join(tmpdir(), "control-"));
});
afterEach(async () => {
  jest.restoreAllMocks();
  process.exitCode = exitCode;
  await rm(folder, { recursive: true });
});

/** Runs a command as a person would; what it throws is what the shell would be told. */
async function run(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const told = { stdout: "", stderr: "" };
  jest.spyOn(process.stdout, "write").mockImplementation((text) => (told.stdout += String(text)).length > 0);
  jest.spyOn(process.stderr, "write").mockImplementation((text) => (told.stderr += String(text)).length > 0);
  const program = new Command().exitOverride().configureOutput({ writeErr: (text) => (told.stderr += text) });
  registerControl(program, () => world.ports, [parcel]);
  for (const command of program.commands) command.copyInheritedSettings(program);
  try {
    await world.whileTimePasses(program.parseAsync(args, { from: "user" }));
  } finally {
    jest.restoreAllMocks();
  }
  return told;
}

describe("replay", () => {
  it("without --yes says what would happen, and does nothing", async () => {
    const { stdout } = await run("replay", "--error", "CRM_DOWN", "--error", "MAIL_UNKNOWN", "--per-second", "2");
    expect(stdout.split("\n")).toEqual([
      "Matching: 6 jobs.",
      "  by type         parcel 6",
      "  by status       failed 6",
      "  by error code   CRM_DOWN 3, MAIL_UNKNOWN 3",
      "  steps           6 are done and not run again",
      "  effect mail     3 done, not repeated; 3 sent perhaps: repeated if no receipt is found (parcel)",
      "Nothing is done yet. The same command with --yes does it, at 2 a second (about 3 s).",
      "",
    ]);
    expect(world.simulation.store.jobs().map(({ run: number }) => number)).not.toContain(2);
    expect(world.records.namesOf("bulk")).toEqual([]);
  });

  it("with --yes does it and says what it did", async () => {
    const { stdout, stderr } = await run("replay", "--type", "parcel", "--error", "CRM_DOWN", "--yes", "--by", "ada");
    expect(stdout).toMatch(
      /^Operation replay-20260101T\d+-[0-9a-f]{6} is done\.\n3 matched, 3 restarted; 3 dead letters removed\.\n$/,
    );
    expect(stderr).toContain("Ctrl-C stops it.");
    expect(world.letters()).toHaveLength(12);
    expect(process.exitCode).toBe(exitCode);
  });

  it("of ids restarts these only", async () => {
    await run("replay", "parcel-CRM_DOWN-2", "parcel-NO_STOCK-4", "--yes");
    const restarted = world.simulation.store.jobs().filter((job) => job.run === 2);
    expect(restarted.map(({ id }) => id)).toEqual(["parcel-CRM_DOWN-2", "parcel-NO_STOCK-4"]);
  });

  it("is stopped by Ctrl-C, and says how to go on, which it does", async () => {
    const begun = run("replay", "--type", "parcel", "--yes", "--per-second", "1");
    await new Promise((resolve) => setImmediate(resolve));
    process.emit("SIGINT");
    const { stdout } = await begun;
    expect(stdout).toContain("has stopped: it was interrupted.");
    expect(process.exitCode).toBe(1);
    const [, id = ""] = /npm run job -- replay --resume (\S+)/.exec(stdout) ?? [];
    await expect(run("replay", "--resume", id, "--error", "X")).rejects.toThrow("leave ids, types, codes");
    await expect(run("cancel-many", "--resume", id)).rejects.toThrow(`Operation ${id} is no cancel-many.`);
    const { stdout: resumed } = await run("replay", "--resume", id, "--per-second", "50");
    expect(resumed).toContain(`Operation ${id} is done.\n15 matched, 15 restarted; 15 dead letters removed.`);
  });

  it.each([
    [["replay"], "Say which jobs"],
    [["replay", "--yes"], "Say which jobs"],
    [["replay", "--type", "unknown"], "No job type is called unknown. There are: parcel."],
    [["replay", "--from", "yesterday"], "must be a time in UTC"],
    [["replay", "--from", "2026-01-31T09:00"], "must be a time in UTC"],
    [["replay", "--from", "2026-01-31T25:00Z"], "must be a time in UTC"],
    [["replay", "--type", "parcel", "--from", "2026-02-01", "--until", "2026-01-01"], "`from` is after `until`"],
    [["replay", "--type", "parcel", "--yes", "--per-second", "0"], "must be over 0"],
    [["replay", "--type", "parcel", "--yes", "--per-second", "5000"], "`perSecond` must be"],
    [["replay", "--type", "parcel", "--yes", "--per-second", "fast"], "must be a number"],
    [["replay", "--type", "parcel", "--yes", "--stop-at-error-rate", "50"], "`stopAtErrorRate` must be"],
    [["replay", "--resume", "nothing"], "There is no bulk operation nothing."],
  ])("is refused in words: %j", async (args, words) => {
    await expect(run(...args)).rejects.toThrow(words);
    expect(world.simulation.store.jobs().map(({ run: number }) => number)).not.toContain(2);
  });
});

describe("edit and retry", () => {
  it("tell what has changed by name only, and run the job with it", async () => {
    const file = path.join(folder, "payload.json");
    await writeFile(file, JSON.stringify({ failure: "CRM_DOWN", to: "grace@example.com" }));
    const { stdout } = await run("edit", "parcel-NO_ADDRESS-0", "--by", "ada", "--file", file);
    expect(stdout).toContain("Changed in the payload of parcel-NO_ADDRESS-0: failure, to.");
    expect(stdout).not.toContain("grace");
    await expect(run("retry", "parcel-NO_ADDRESS-0")).resolves.toMatchObject({
      stdout: "parcel-NO_ADDRESS-0 begins its next run.\n",
    });
    await world.consumeAll();
    await expect(run("retry", "parcel-NO_ADDRESS-0")).rejects.toThrow("is completed");
    expect(world.mails).toContain("grace@example.com");
  });

  it("do not quote a file that is no JSON, or no payload", async () => {
    const file = path.join(folder, "payload.json");
    await writeFile(file, "grace@example.com");
    const edit = ["edit", "parcel-NO_ADDRESS-0", "--by", "ada", "--file", file];
    await expect(run(...edit)).rejects.toThrow(/payload\.json is not JSON\.$/);
    await writeFile(file, '{"to":5}');
    await expect(run(...edit)).rejects.toThrow("failure: ");
  });
});

describe("cancel-many and tidy", () => {
  it("cancel what has not ended, after a dry run", async () => {
    const id = await world.simulation.enqueue({ failure: "NO_STOCK", to: "Ada" }, { delayMs: 600_000 });
    await expect(run("cancel-many", "--type", "parcel")).resolves.toMatchObject({
      stdout: expect.stringMatching(/^Matching: 1 job\.(.|\n)*Nothing is done yet/),
    });
    await run("cancel-many", "--type", "parcel", "--yes");
    await expect(world.simulation.store.get(id)).resolves.toMatchObject({ status: "cancelled" });
  });

  it("remove the letters of a job that was retried by hand", async () => {
    await run("retry", "parcel-CRM_DOWN-2");
    await expect(run("tidy")).resolves.toMatchObject({ stdout: "parcel: 1 removed, 14 left.\n" });
  });
});
