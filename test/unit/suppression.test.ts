import { describe, expect, it } from "@jest/globals";

import {
  readSuppressions,
  recipientIdOf,
  suppress,
  suppressionOf,
  unsuppress,
  type NewSuppression,
} from "../../shared/records/suppression.ts";
import { MemoryRecordStore } from "../support/memory-record-store.ts";

// `printf ada@example.com | sha256sum | cut -c1-40`
const ADA = "b5fc85e55755f9e0d030a10ab4429b6b2944855f";
const MONDAY = "2026-01-05T09:00:00Z";
const TUESDAY = "2026-01-06T09:00:00Z";
const WEDNESDAY = "2026-01-07T09:00:00Z";

const transactional = { isMarketing: false };
const marketing = { isMarketing: true };

const aBounce = (at = MONDAY): NewSuppression => ({ scope: "all", reason: "hard_bounce", at });
const aClick = (at = MONDAY): NewSuppression => ({
  scope: "marketing",
  reason: "unsubscribed",
  at,
  broadcastId: "spring-2026",
});

describe("a recipient's id", () => {
  it.each(["ada@example.com", " Ada@Example.COM\t", "ADA@EXAMPLE.COM"])("is the same for %j", (address) => {
    expect(recipientIdOf(address)).toBe(ADA);
  });

  it("is another one's for another address", () => {
    expect(recipientIdOf("ada+news@example.com")).not.toBe(ADA);
  });
});

describe("the suppression list", () => {
  it("stops all mail after a hard bounce, and says why and since when", async () => {
    const records = new MemoryRecordStore();
    await expect(suppress(records, ADA, aBounce())).resolves.toBe(true);
    const why = { notSent: "hard_bounce", since: MONDAY };
    await expect(suppressionOf(records, ADA, transactional)).resolves.toEqual(why);
    await expect(suppressionOf(records, ADA, marketing)).resolves.toEqual(why);
    await expect(suppressionOf(records, recipientIdOf("bob@example.com"), marketing)).resolves.toBeUndefined();
  });

  it("stops only news for who has unsubscribed, and remembers by which broadcast", async () => {
    const records = new MemoryRecordStore();
    await suppress(records, ADA, aClick());
    await expect(suppressionOf(records, ADA, transactional)).resolves.toBeUndefined();
    await expect(suppressionOf(records, ADA, marketing)).resolves.toEqual({ notSent: "unsubscribed", since: MONDAY });
    await expect(readSuppressions(records, ADA)).resolves.toEqual({
      marketing: { reason: "unsubscribed", at: MONDAY, broadcastId: "spring-2026" },
    });
  });

  it("keeps the first reason, however often and late others come", async () => {
    const records = new MemoryRecordStore();
    await suppress(records, ADA, aBounce(TUESDAY));
    await expect(suppress(records, ADA, aBounce(TUESDAY))).resolves.toBe(false);
    await expect(suppress(records, ADA, { scope: "all", reason: "complaint", at: MONDAY })).resolves.toBe(false);
    await expect(suppressionOf(records, ADA, transactional)).resolves.toEqual({
      notSent: "hard_bounce",
      since: TUESDAY,
    });
  });

  it("keeps both scopes apart", async () => {
    const records = new MemoryRecordStore();
    await suppress(records, ADA, aBounce());
    await suppress(records, ADA, aClick(TUESDAY));
    await expect(unsuppress(records, ADA, "all", WEDNESDAY)).resolves.toBe(true);
    await expect(suppressionOf(records, ADA, transactional)).resolves.toBeUndefined();
    await expect(suppressionOf(records, ADA, marketing)).resolves.toMatchObject({ notSent: "unsubscribed" });
  });

  it("lets nobody be put back by what happened before a person let them in", async () => {
    const records = new MemoryRecordStore();
    await suppress(records, ADA, aBounce(MONDAY));
    await unsuppress(records, ADA, "all", TUESDAY);
    await expect(suppress(records, ADA, aBounce(MONDAY))).resolves.toBe(false);
    await expect(suppress(records, ADA, aBounce(TUESDAY))).resolves.toBe(false);
    await expect(suppress(records, ADA, aBounce(WEDNESDAY))).resolves.toBe(true);
    await expect(suppressionOf(records, ADA, transactional)).resolves.toMatchObject({ since: WEDNESDAY });
  });

  it("takes what somebody does themselves at once, also by a clock that is behind that of who let them in", async () => {
    const records = new MemoryRecordStore();
    await suppress(records, ADA, aClick(MONDAY));
    await unsuppress(records, ADA, "marketing", TUESDAY);
    await expect(suppress(records, ADA, aClick(TUESDAY))).resolves.toBe(true);
    await suppress(records, ADA, aBounce(MONDAY));
    await unsuppress(records, ADA, "all", TUESDAY);
    await expect(suppress(records, ADA, { scope: "all", reason: "by_hand", at: MONDAY })).resolves.toBe(true);
    await expect(suppressionOf(records, ADA, marketing)).resolves.toEqual({ notSent: "by_hand", since: MONDAY });
  });

  it("knows the same moment in another time zone", async () => {
    const records = new MemoryRecordStore();
    await suppress(records, ADA, aBounce());
    await unsuppress(records, ADA, "all", "2026-01-06T09:00:00Z");
    await expect(suppress(records, ADA, aBounce("2026-01-06T10:00:00+01:00"))).resolves.toBe(false);
    await expect(suppress(records, ADA, aBounce("2026-01-06T09:00:00-01:00"))).resolves.toBe(true);
  });

  it("has nothing to lift for who is not on it", async () => {
    const records = new MemoryRecordStore();
    await expect(unsuppress(records, ADA, "all", MONDAY)).resolves.toBe(false);
    expect(records.namesOf("suppression")).toEqual([]);
  });

  it("takes a bounce, a complaint and an unsubscription that come at the same moment", async () => {
    const records = new MemoryRecordStore();
    const entries: NewSuppression[] = [
      aBounce(),
      { scope: "all", reason: "complaint", at: MONDAY },
      aClick(),
      aClick(TUESDAY),
    ];
    const changed = await Promise.all(entries.map((entry) => suppress(records, ADA, entry)));
    expect(changed.filter(Boolean)).toHaveLength(2);
    const { all, marketing: news } = await readSuppressions(records, ADA);
    expect([all?.at, news?.reason]).toEqual([MONDAY, "unsubscribed"]);
  });
});
