import { describe, expect, it } from "@jest/globals";

import { statusAt } from "../../shared/stores/subscription-status.ts";
import { aSubscription } from "../support/subscription-factory.ts";

const at = Date.parse;

describe("a subscription's status at a time", () => {
  it.each([
    ["1 ms before the expiry", "2026-02-28T23:59:59.999Z", "active"],
    ["at the expiry", "2026-03-01T00:00:00.000Z", "expired"],
    ["1 ms after the expiry", "2026-03-01T00:00:00.001Z", "expired"],
    ["1 ms before the end of the grace period", "2026-03-07T23:59:59.999Z", "expired"],
    ["at the end of the grace period", "2026-03-08T00:00:00.000Z", "suspended"],
    ["1 ms after the end of the grace period", "2026-03-08T00:00:00.001Z", "suspended"],
  ])("with seven days of grace, %s: %s is %s", (_, now, status) => {
    expect(statusAt(aSubscription(), at(now), 7)).toBe(status);
  });

  it.each([
    ["1 ms before the expiry", "2026-02-28T23:59:59.999Z", "active"],
    ["at the expiry", "2026-03-01T00:00:00.000Z", "suspended"],
  ])("without grace, %s: %s is %s", (_, now, status) => {
    expect(statusAt(aSubscription(), at(now), 0)).toBe(status);
  });

  it.each([
    ["over the leap day", "2028-02-23T12:00:00Z", "2028-03-01T12:00:00Z"],
    ["over February's end without one", "2027-02-23T12:00:00Z", "2027-03-02T12:00:00Z"],
    ["over a month of 30 days", "2026-04-28T12:00:00Z", "2026-05-05T12:00:00Z"],
    ["over the year's end", "2026-12-30T12:00:00Z", "2027-01-06T12:00:00Z"],
    ["over the beginning of daylight saving in Amsterdam", "2026-03-27T23:00:00Z", "2026-04-03T23:00:00Z"],
    ["from a leap day", "2028-02-29T00:00:00Z", "2028-03-07T00:00:00Z"],
    ["of an expiry that is written with an offset", "2026-03-01T01:00:00+01:00", "2026-03-08T00:00:00Z"],
  ])("counts seven times 24 hours %s", (_, expireDate, graceEnd) => {
    const subscription = aSubscription({ expireDate });
    expect(statusAt(subscription, at(graceEnd) - 1, 7)).toBe("expired");
    expect(statusAt(subscription, at(graceEnd), 7)).toBe("suspended");
  });

  it("goes by what was promised at the expiry, whatever the settings say since", () => {
    const expired = aSubscription({ status: "expired", graceEndsAt: "2026-03-08T00:00:00Z" });
    for (const days of [0, 1, 30]) {
      expect(statusAt(expired, at("2026-03-07T23:59:59.999Z"), days)).toBe("expired");
      expect(statusAt(expired, at("2026-03-08T00:00:00Z"), days)).toBe("suspended");
    }
  });

  it("of an expired one without a promise goes by the settings", () => {
    const expired = aSubscription({ status: "expired" });
    expect(statusAt(expired, at("2026-03-03T23:59:59.999Z"), 3)).toBe("expired");
    expect(statusAt(expired, at("2026-03-04T00:00:00Z"), 3)).toBe("suspended");
  });

  it.each(["suspended", "cancelled"] as const)("stays %s, paid for or not", (status) => {
    expect(statusAt(aSubscription({ status }), at("2026-01-01T00:00:00Z"), 7)).toBe(status);
    expect(statusAt(aSubscription({ status }), at("2027-01-01T00:00:00Z"), 7)).toBe(status);
  });
});
