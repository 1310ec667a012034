import { describe, expect, it } from "@jest/globals";

import { monthsAfter } from "../../shared/payments/gift-card-dates.ts";
import { momentOf } from "../../shared/records/calendar-days.ts";

describe("a day some months later", () => {
  it.each([
    ["2026-01-15", 1, "2026-02-15"],
    ["2026-01-31", 1, "2026-02-28"],
    ["2024-01-31", 1, "2024-02-29"],
    ["2024-02-29", 12, "2025-02-28"],
    ["2024-02-29", 24, "2026-02-28"],
    ["2026-08-31", 6, "2027-02-28"],
    ["2026-12-31", 2, "2027-02-28"],
    ["2026-11-30", 120, "2036-11-30"],
  ])("than %s by %d is %s", (day, months, expected) => {
    expect(monthsAfter(day, months)).toBe(expected);
  });
});

describe("the moment of delivery", () => {
  it.each([
    ["in winter", "2026-01-15", 9, "Europe/Amsterdam", "2026-01-15T08:00:00.000Z"],
    ["on the day on which summer time begins", "2026-03-29", 9, "Europe/Amsterdam", "2026-03-29T07:00:00.000Z"],
    ["on the day on which it ends", "2026-10-25", 9, "Europe/Amsterdam", "2026-10-25T08:00:00.000Z"],
    ["at an hour that is left out", "2026-03-29", 2, "Europe/Amsterdam", "2026-03-29T01:00:00.000Z"],
    ["at an hour that comes twice", "2026-10-25", 2, "Europe/Amsterdam", "2026-10-25T00:00:00.000Z"],
    ["at a midnight that is left out", "2026-04-24", 0, "Africa/Cairo", "2026-04-23T22:00:00.000Z"],
    ["in the earliest zone", "2026-05-01", 0, "Pacific/Kiritimati", "2026-04-30T10:00:00.000Z"],
    ["in the latest zone", "2026-05-01", 23, "Pacific/Pago_Pago", "2026-05-02T10:00:00.000Z"],
    ["on a leap day", "2028-02-29", 9, "Europe/Amsterdam", "2028-02-29T08:00:00.000Z"],
    ["on New Year's Eve", "2026-12-31", 23, "America/New_York", "2027-01-01T04:00:00.000Z"],
  ])("%s is right", (_, day, hour, timeZone, expected) => {
    expect(new Date(momentOf(day, hour, timeZone)).toISOString()).toBe(expected);
  });
});
