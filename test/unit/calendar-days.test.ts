import { describe, expect, it } from "@jest/globals";

import { boundsOf, dayAt } from "../../shared/records/calendar-days.ts";

describe("a calendar day", () => {
  it.each([
    ["UTC", "2026-03-01T23:59:59.999Z", "2026-03-01"],
    ["UTC", "2026-03-02T00:00:00.000Z", "2026-03-02"],
    ["Pacific/Kiritimati", "2026-02-28T09:59:59.999Z", "2026-02-28"],
    ["Pacific/Kiritimati", "2026-02-28T10:00:00.000Z", "2026-03-01"],
    ["America/Los_Angeles", "2026-03-01T07:59:59.999Z", "2026-02-28"],
    ["America/Los_Angeles", "2026-03-01T08:00:00.000Z", "2026-03-01"],
    ["Europe/Amsterdam", "2028-02-28T23:00:00.000Z", "2028-02-29"],
  ])("in %s at %s is %s", (timeZone, at, day) => {
    expect(dayAt(Date.parse(at), timeZone)).toBe(day);
  });

  it.each([
    ["UTC", "2026-02-28", "2026-03-01T00:00:00.000Z"],
    ["UTC", "2028-02-29", "2028-03-01T00:00:00.000Z"],
    ["Pacific/Kiritimati", "2026-03-01", "2026-03-01T10:00:00.000Z"],
    ["Etc/GMT+12", "2026-03-01", "2026-03-02T12:00:00.000Z"],
    ["America/Los_Angeles", "2026-12-31", "2027-01-01T08:00:00.000Z"],
    ["Asia/Kathmandu", "2026-03-01", "2026-03-01T18:15:00.000Z"],
    // A day of 23 hours, one of 25, and one that ends at 1 in the morning: Cairo's clocks jump from midnight to one.
    ["Europe/Amsterdam", "2026-03-29", "2026-03-29T22:00:00.000Z"],
    ["Europe/Amsterdam", "2026-10-25", "2026-10-25T23:00:00.000Z"],
    ["Africa/Cairo", "2026-04-23", "2026-04-23T22:00:00.000Z"],
    // A day that Samoa has left out ends as it begins.
    ["Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00.000Z"],
  ])("in %s, %s ends at %s", (timeZone, day, end) => {
    expect(new Date(boundsOf(day, timeZone).until).toISOString()).toBe(end);
  });
});
