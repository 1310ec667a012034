import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { Command } from "commander";
import * as z from "zod";

import { requester } from "../../cli/commands/bulk.ts";
import { registerControl } from "../../cli/commands/control.ts";
import { registerSingle } from "../../cli/commands/single.ts";
import { catchInterrupt } from "../../cli/interrupt.ts";
import { reportErrors } from "../../cli/open-engine.ts";
import { FailingJobs, parcel } from "../support/failing-jobs.ts";

let world: FailingJobs;
let folder: string;
/** What the command that was run last has told. */
let told = { stdout: "", stderr: "" };
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
  const mine = { stdout: "", stderr: "" };
  told = mine;
  jest.spyOn(process.stdout, "write").mockImplementation((text) => (mine.stdout += String(text)).length > 0);
  jest.spyOn(process.stderr, "write").mockImplementation((text) => (mine.stderr += String(text)).length > 0);
  const program = new Command().exitOverride().configureOutput({ writeErr: (text) => (mine.stderr += text) });
  registerControl(program, () => world.ports, [parcel]);
  registerSingle(program, notUsed);
  for (const command of program.commands) command.copyInheritedSettings(program);
  try {
    await world.whileTimePasses(program.parseAsync(args, { from: "user" }));
  } finally {
    jest.restoreAllMocks();
  }
  return mine;
}

function notUsed(): never {
  throw new Error("Nothing is opened for what is refused before.");
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
    process.emit("SIGINT"); // its echo
    const { stdout, stderr } = await begun;
    expect(stdout).toContain("has stopped: it was interrupted.");
    expect(stderr).toContain("Stopping… Then it tidies the DLQs");
    expect(process.exitCode).toBe(1);
    const [, id = ""] = /npm run job -- replay --resume (\S+)/.exec(stdout) ?? [];
    await expect(run("replay", "--resume", id, "--error", "X")).rejects.toThrow("leave ids, types, codes");
    await expect(run("cancel-many", "--resume", id)).rejects.toThrow(`Operation ${id} is no cancel-many.`);
    const { stdout: resumed } = await run("replay", "--resume", id, "--per-second", "50");
    expect(resumed).toContain(`Operation ${id} is done.\n15 matched, 15 restarted; 15 dead letters removed.`);
  });

  it("takes the echoes of one Ctrl-C for one, and ends at once with a later one", async () => {
    const exit = jest.spyOn(process, "exit").mockImplementation(() => undefined as never);
    let now = 0;
    const stop = jest.fn();
    const release = catchInterrupt({ now: () => now }, stop);
    for (now of [0, 1, 999]) process.emit("SIGINT");
    expect(stop).toHaveBeenCalledTimes(1);
    expect(exit).not.toHaveBeenCalled();
    now = 1_000;
    process.emit("SIGINT");
    expect(exit).toHaveBeenCalledWith(130);
    release();
    expect(process.listenerCount("SIGINT")).toBe(0);
  });

  it("names the ids that it cannot replay, and fails when there is no other", async () => {
    await world.simulation.enqueue({ failure: "NO_STOCK", to: "Ada" }, { idempotencyKey: "new", delayMs: 600_000 });
    const ids = ["parcel-TYPO", "parcel-new"];
    const named = "not found, or not failed: parcel-TYPO, parcel-new\n";
    const some = await run("replay", "parcel-CRM_DOWN-2", ...ids);
    expect(some.stderr).toBe(named);
    expect(process.exitCode).toBe(exitCode);
    const none = await run("replay", ...ids);
    expect(none).toMatchObject({ stderr: named, stdout: expect.stringContaining("There is nothing to do.") });
    expect(process.exitCode).toBe(1);
    process.exitCode = exitCode;
    const done = await run("replay", ...ids, "--yes", "--by", "ada");
    expect(done.stderr).toContain(named);
    expect(done.stdout).toContain("is done.\n0 matched.");
    expect(process.exitCode).toBe(1);
  });

  it("asks who wants it where the system has no name for the user", () => {
    const nameless = () => {
      throw new Error("uv_os_get_passwd returned ENOENT");
    };
    expect(() => requester(undefined, nameless)).toThrow("Say who wants it: --by <you>.");
    expect(requester("ada", nameless)).toBe("ada");
    expect(requester(undefined, () => ({ username: "grace" }))).toBe("grace");
  });

  it("says that it begins only once it has", async () => {
    const refused = run("replay", "--resume", "nothing");
    await expect(refused).rejects.toThrow("There is no bulk operation nothing.");
    expect(told.stderr).toBe("");
  });

  it.each([
    [["replay"], "Say which jobs"],
    [["replay", "--yes"], "Say which jobs"],
    [["replay", "--type", "unknown"], "No job type is called unknown. There are: parcel."],
    [["replay", "--from", "yesterday"], "must be a time in UTC"],
    [["replay", "--from", "2026-01-31T09:00"], "must be a time in UTC"],
    [["replay", "--from", "2026-01-31T25:00Z"], "must be a time in UTC"],
    [["replay", "--type", "parcel", "--from", "2026-02-01", "--until", "2026-01-01"], "`from` is after `until`"],
    [["replay", "--type", "parcel", "--yes", "--per-second", "0"], "must be 0.01 to 1000 jobs a second"],
    [["replay", "--type", "parcel", "--yes", "--per-second", "0.0000004"], "must be 0.01 to 1000 jobs a second"],
    [["replay", "--type", "parcel", "--yes", "--per-second", "5000"], "must be 0.01 to 1000 jobs a second"],
    [["replay", "--type", "parcel", "--yes", "--by", "ada\u001B[2J"], "1 to 200 characters in one line"],
    [["replay", "--type", "parcel", "--yes", "--by", " "], "1 to 200 characters in one line"],
    [["replay", "parcel/1", "--yes"], "An id has 1 to 200 of"],
    [["retry", ""], "An id has 1 to 200 of"],
    [["retry", "x".repeat(201)], "An id has 1 to 200 of"],
    [["resolve", "parcel-1", "mail", "--again", "--by", "x".repeat(201)], "1 to 200 characters in one line"],
    [["resolve", "parcel-1", "mail", "--sent", "\n", "--by", "ada"], "1 to 200 characters in one line"],
    [["replay", "--type", "parcel", "--yes", "--per-second", "fast"], "must be a number"],
    [["replay", "--type", "parcel", "--yes", "--stop-at-error-rate", "50"], "`stopAtErrorRate` must be"],
    [["replay", "--resume", "nothing"], "There is no bulk operation nothing."],
  ])("is refused in words: %j", async (args, words) => {
    await expect(run(...args)).rejects.toThrow(words);
    expect(world.simulation.store.jobs().map(({ run: number }) => number)).not.toContain(2);
  });
});

describe("what goes wrong", () => {
  it.each([
    [new z.ZodError([]), "A stored record is not as this version of Backline expects it.\n"],
    [new Error("one\u001B[2J\ntwo"), "one [2J\ntwo\n"],
  ])("is told in words that move no cursor: %#", async (error, words) => {
    let stderr = "";
    jest.spyOn(process.stderr, "write").mockImplementation((text) => (stderr += String(text)).length > 0);
    await reportErrors(async () => {
      throw error;
    });
    expect(stderr).toContain(words);
    expect(process.exitCode).toBe(1);
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
      stdout:
        "parcel-NO_ADDRESS-0 begins its next run.\n" +
        "Its dead letter stays in the DLQ until:  npm run job -- tidy --type parcel\n",
    });
    await world.consumeAll();
    await expect(run("retry", "parcel-NO_ADDRESS-0")).rejects.toThrow("is completed");
    expect(world.mails).toContain("grace@example.com");
  });

  it("name what is done and stays done", async () => {
    const file = path.join(folder, "payload.json");
    await writeFile(file, JSON.stringify({ failure: "CRM_DOWN", to: "grace@example.com" }));
    const { stdout } = await run("edit", "parcel-CRM_DOWN-2", "--by", "ada", "--file", file);
    expect(stdout).toContain(
      "\nStep label is done and is not run again.\nEffect mail is done and is not sent again.\n",
    );
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
