import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";

import { describe, expect, it } from "@jest/globals";
import * as z from "zod";

import { catalog } from "../../shared/catalog/index.ts";
import { nameOf, parseSchedule } from "./fault-plan.ts";
import { parcel } from "./probe-types.ts";
import { exampleOf } from "./subjects.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");

/** Runs the command in a process of its own, as `npm run faults` does, and reads its line of JSON. */
async function faults(...args: string[]): Promise<Record<string, unknown>> {
  const command = ["--import", "tsx", "test/faults/command.ts", ...args, "--json"];
  const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: ROOT }).catch(
    (failure: { stdout: string; stderr: string }) => {
      if (failure.stdout === "") throw new Error(failure.stderr);
      return failure; // exit status 1: something was found, and the JSON says what
    },
  );
  return JSON.parse(stdout) as Record<string, unknown>;
}

const nothingFound = { lost: 0, duplicated: 0, stuck: 0, violations: [] };

describe("npm run faults", () => {
  // A part of all schedules, whose seed stays: a fifth of the probes', and a twentieth of the catalog's types', which do nothing
  // that no probe does. `npm run faults` runs them all.
  it("finds nothing when calls of every probe and of every job type meet faults", async () => {
    const found = await faults("--single", "--share", "0.05", "--probes", "0.2", "--seed", "20260101");
    expect(found).toMatchObject(nothingFound);
    expect(found["schedules"]).toBeGreaterThan(7_000);
    const counts = z.record(z.string(), z.number()).parse(found["bySubject"]);
    const typesWithFew = catalog.map(({ definition: { type } }) => type).filter((type) => !((counts[type] ?? 0) >= 10));
    expect(typesWithFew).toEqual([]);
  }, 600_000);

  it("finds nothing in random schedules", async () => {
    await expect(faults("--random", "200", "--seed", "20260101")).resolves.toMatchObject({
      ...nothingFound,
      schedules: 200,
      seed: 20_260_101,
      seconds: expect.any(Number),
    });
  }, 60_000);

  it("finds nothing in pairs of faults", async () => {
    await expect(faults("--double", "--types", "probe_only_once", "--seed", "1")).resolves.toMatchObject(nothingFound);
  }, 60_000);

  it("finds nothing with the jobs table in the DynamoDB emulator", async () => {
    await expect(faults("--single", "--emulators")).resolves.toMatchObject(nothingFound);
  }, 100_000);
});

describe("a schedule that once found something", () => {
  // Branches that a handler leaves running began effects after it had thrown, while its final failure was being settled.
  // A mail's report may come before its sender has noted it, and the sender may die: either tells that it was sent.
  it.each([
    "random:probe_parallel:511176",
    "single:stripe_event:12:lost:once:plain",
    "single:email_broadcast:29:stall:once:reorder",
  ])("finds nothing any more: %s", async (name) => {
    const command = ["--import", "tsx", "test/faults/command.ts", "--replay", name];
    await expect(promisify(execFile)(process.execPath, command, { cwd: ROOT })).resolves.toMatchObject({
      stdout: expect.stringContaining("root"),
    });
  });
});

describe("a schedule's name", () => {
  it.each(["single:invoice_email:7:lost:dup:skew+", "double:probe_parcel/permit-lost:3:stall:9:cancel:once:plain"])(
    "leads back to the schedule: %s",
    (name) => {
      expect(nameOf(parseSchedule(name))).toBe(name);
    },
  );

  it.each(["single:invoice_email", "single:x:7:eaten:dup:plain", "single:x:7:lost:dup:stormy", "7"])(
    "that is none is refused: %s",
    (name) => {
      expect(() => parseSchedule(name)).toThrow(/is not a (schedule|fault)/);
    },
  );
});

describe("a job type without an example", () => {
  it("is refused with a word on what to add", () => {
    const { example: _, ...definition } = parcel.definition;
    expect(() => exampleOf({ ...parcel, definition }, [])).toThrow(/"probe_parcel" has no `example`\. Add one/);
  });
});
