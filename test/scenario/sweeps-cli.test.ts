import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import { describe, expect, it } from "@jest/globals";

import { sweepSettingsCommand } from "../../cli/commands/sweep-settings.ts";
import { readSweepSettings } from "../../shared/records/sweep-settings.ts";
import { MemoryRecordStore } from "../support/memory-record-store.ts";
import { testFolder } from "../support/test-folder.ts";

const KEY = { kind: "settings", id: "sweeps" };

function world(records = new MemoryRecordStore()) {
  const tables: string[] = [];
  const openRecords = (table: string) => {
    tables.push(table);
    return records;
  };
  return { records, tables, environment: { RECORDS_TABLE: "records" }, openRecords };
}

async function fileOf(settings: unknown): Promise<string> {
  const file = path.join(await mkdtemp(path.join(testFolder(), "sweeps-")), "settings.json");
  await writeFile(file, typeof settings === "string" ? settings : JSON.stringify(settings));
  return file;
}

describe("npm run sweeps", () => {
  it("shows all defaults where nothing is stored, in a form that can be stored", async () => {
    const shown = world();
    const text = await sweepSettingsCommand(["--show"], shown);
    expect(JSON.parse(text)).toMatchObject({
      bookings: {
        cancelUnpaidAfterHours: 24,
        reminderWindow: { fromHours: 23, toHours: 25 },
        paymentReminderHours: 72,
      },
      stores: { renewalReminderDays: 7 },
      warming: { listingPath: "/products" },
    });
    await expect(sweepSettingsCommand(["--file", await fileOf(text)], shown)).resolves.toContain("stored in records");
    await expect(sweepSettingsCommand(["--show"], shown)).resolves.toBe(text);
  });

  it("stores what a file says, and the defaults of the rest; again and again", async () => {
    const { records, ...rest } = world();
    const store = async (settings: unknown) =>
      sweepSettingsCommand(["--file", await fileOf(settings)], { records, ...rest } as never);
    await store({ bookings: { remindsPerformers: false } });
    await store({ bookings: { reminderWindow: { fromHours: 47, toHours: 49 } } });
    await expect(readSweepSettings(records)).resolves.toMatchObject({
      bookings: { remindsPerformers: true, reminderWindow: { fromHours: 47, toHours: 49 } },
    });
    await expect(records.get(KEY)).resolves.toMatchObject({ version: 2 });
  });

  it("lists all problems at once, misspelt names at every level among them, and stores nothing", async () => {
    const given = world();
    const file = await fileOf({
      booking: {},
      bookings: { cancelUnpaidAfterHour: 48, paymentReminderHours: 0, reminderWindow: { from: 1, fromHours: 25 } },
      stores: { gracePeriod: 3 },
      warming: { urls: ["http://example.com"], timeout: 5 },
    });
    const refused = sweepSettingsCommand(["--file", file], given);
    await expect(refused).rejects.toThrow("nothing is stored");
    const { message } = (await refused.catch((error: unknown) => error)) as Error;
    for (const problem of [
      '"booking"',
      '"cancelUnpaidAfterHour"',
      "paymentReminderHours",
      '"from"',
      "fromHours must be less than toHours",
      '"gracePeriod"',
      "warming.urls[0]",
      '"timeout"',
    ]) {
      expect(message).toContain(problem);
    }
    await expect(given.records.get(KEY)).resolves.toBeUndefined();
  });

  it("takes the table from the option before the environment", async () => {
    const given = world();
    await sweepSettingsCommand(["--show", "--table", "others"], given);
    await sweepSettingsCommand(["--show"], given);
    expect(given.tables).toEqual(["others", "records"]);
    const nowhere = { ...given, environment: {} };
    await expect(sweepSettingsCommand(["--show"], nowhere)).rejects.toThrow(/^Usage/);
  });

  it.each([[[]], [["--show", "--file", "a.json"]], [["--store"]], [["settings.json"]]])(
    "answers %j with its usage",
    async (args) => {
      await expect(sweepSettingsCommand(args, world())).rejects.toThrow(/^Usage/);
    },
  );

  it("says how it is used to whoever asks, without an error", async () => {
    await expect(sweepSettingsCommand(["--help"], { ...world(), environment: {} })).resolves.toMatch(/^Usage/);
  });

  it("says so when a file cannot be read or is not JSON", async () => {
    await expect(sweepSettingsCommand(["--file", "/nowhere.json"], world())).rejects.toThrow("cannot be read");
    await expect(sweepSettingsCommand(["--file", await fileOf("{")], world())).rejects.toThrow("is not JSON");
  });

  it("says so when there is no such table", async () => {
    const openRecords = () => {
      throw Object.assign(new Error("not found"), { name: "ResourceNotFoundException" });
    };
    await expect(sweepSettingsCommand(["--show"], { ...world(), openRecords })).rejects.toThrow("no table records");
  });

  it("has an example that can be stored, with the defaults", async () => {
    const given = world();
    await sweepSettingsCommand(["--file", "examples/sweeps.json"], given);
    await expect(readSweepSettings(given.records)).resolves.toMatchObject(
      JSON.parse(await readFile("examples/sweeps.json", "utf8")) as object,
    );
    await expect(readSweepSettings(given.records)).resolves.toEqual(await readSweepSettings(new MemoryRecordStore()));
  });
});

describe("stored settings of a newer version", () => {
  it("are read without what this version does not know", async () => {
    const records = new MemoryRecordStore();
    await records.create(KEY, { bookings: { cancelUnpaidAfterHours: 48, quietHours: [22, 6] }, pets: {} });
    const settings = await readSweepSettings(records);
    expect(settings.bookings).toMatchObject({ cancelUnpaidAfterHours: 48, paymentReminderHours: 72 });
    expect(settings.bookings).not.toHaveProperty("quietHours");
  });
});
