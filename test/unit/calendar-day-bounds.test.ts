import { describe, expect, it } from "@jest/globals";
import { assert, constantFrom, integer, property } from "fast-check";

import { analyticsPayload } from "../../shared/contracts/analytics.ts";
import { boundsOf, dayAfter, dayAt, dayBefore, daysBetween, yesterdayAt } from "../../shared/records/calendar-days.ts";

const HOUR_MS = 3_600_000;
const iso = (at: number) => new Date(at).toISOString();

describe("a local day", () => {
  it.each([
    ["2026-03-29", "Europe/Amsterdam", "2026-03-28T23:00:00.000Z", 23],
    ["2026-10-25", "Europe/Amsterdam", "2026-10-24T22:00:00.000Z", 25],
    ["2026-03-01", "Asia/Kathmandu", "2026-02-28T18:15:00.000Z", 24],
    ["2026-04-05", "Australia/Lord_Howe", "2026-04-04T13:00:00.000Z", 24.5],
    ["2025-04-25", "Africa/Cairo", "2025-04-24T22:00:00.000Z", 23], // has no midnight
    ["2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00.000Z", 0], // is left out
    ["2010-11-07", "America/St_Johns", "2010-11-07T02:30:00.000Z", 25], // one minute in, the day before comes back
    ["1970-01-01", "UTC", "1970-01-01T00:00:00.000Z", 24],
    ["2099-12-31", "Pacific/Kiritimati", "2099-12-30T10:00:00.000Z", 24],
  ])("%s in %s begins at %s and has %d hours", (day, timeZone, begin, hours) => {
    const { from, until } = boundsOf(day, timeZone);
    expect({ begin: iso(from), hours: (until - from) / HOUR_MS }).toEqual({ begin, hours });
  });

  it("is the one in whose bounds a moment lies, in every zone", () => {
    const zones = constantFrom(...Intl.supportedValuesOf("timeZone"));
    const moments = integer({ min: 0, max: Date.parse("2099-12-30") });
    assert(
      property(zones, moments, (timeZone, at) => {
        const day = dayAt(at, timeZone);
        const { from, until } = boundsOf(day, timeZone);
        expect(from <= at && at < until).toBe(true);
        const before = yesterdayAt(at, timeZone);
        expect(boundsOf(before, timeZone).until).toBe(from);
      }),
      { numRuns: 150 },
    );
  });

  it("that came back is one day, and one that is left out nobody's yesterday", () => {
    expect(dayAt(Date.parse("2010-11-07T02:29:59Z"), "America/St_Johns")).toBe("2010-11-06");
    expect(dayAt(Date.parse("2010-11-07T03:00:00Z"), "America/St_Johns")).toBe("2010-11-07"); // its clocks say the 6th, 23:30
    expect(yesterdayAt(Date.parse("2011-12-30T10:00:00Z"), "Pacific/Apia")).toBe("2011-12-29");
    expect(yesterdayAt(Date.parse("2011-12-31T10:00:00Z"), "Pacific/Apia")).toBe("2011-12-31");
  });

  it("has neighbours over the ends of months, years and February", () => {
    expect([dayAfter("2028-02-28"), dayAfter("2028-02-29"), dayAfter("2026-02-28"), dayAfter("2026-12-31")]).toEqual([
      "2028-02-29",
      "2028-03-01",
      "2026-03-01",
      "2027-01-01",
    ]);
    expect(dayBefore("2026-01-01")).toBe("2025-12-31");
    expect(daysBetween("2026-02-27", "2026-03-01")).toEqual(["2026-02-27", "2026-02-28", "2026-03-01"]);
    expect(daysBetween("2026-03-02", "2026-03-01")).toEqual([]);
  });
});

describe("a job's payload", () => {
  it.each([
    [{ from: "2026-03-01" }],
    [{ to: "2026-03-01" }],
    [{ from: "2026-03-02", to: "2026-03-01" }],
    [{ from: "2025-01-27", to: "2026-03-03" }], // 401 days
    [{ from: "2026-03-01", to: "2026-03-01", changed: true }],
    [{ from: "2026-02-29", to: "2026-03-01" }],
    [{ from: "0026-03-01", to: "0026-03-01" }],
    [{ tenantId: "../shop" }],
  ])("of %j is refused", (payload) => {
    expect(analyticsPayload.safeParse(payload).success).toBe(false);
  });

  it("may be empty, or 400 days", () => {
    expect(analyticsPayload.parse({})).toEqual({ dryRun: false, changed: false });
    expect(analyticsPayload.safeParse({ from: "2025-01-28", to: "2026-03-03" }).success).toBe(true);
  });
});
