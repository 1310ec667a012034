import { describe, expect, it } from "@jest/globals";

import { checkJob, exampleOf, runJob, runSchedule, type GivenRecord } from "../../testing/index.ts"; // before the handler
import { handler } from "../../functions/stores/subscription-expiry-check.ts";
import type { RecordStore } from "../../shared/ports/record-store.ts";
import { subscriptions, type Subscription } from "../../shared/records/subscription.ts";
import { renewSubscription } from "../../shared/stores/subscription-renewal.ts";
import { aSubscription, aTenant, leftBy, mailsOf, subscriptionAfter } from "../support/subscription-factory.ts";

const given = (overrides: Partial<Subscription> = {}) => subscriptions.given(aSubscription(overrides));
const settings = (stores: object): GivenRecord => ({ kind: "settings", id: "sweeps", body: { stores } });

function runAt(asOf: string, records: readonly GivenRecord[], options: { readonly dryRun?: boolean } = {}) {
  return runJob(handler, { dryRun: options.dryRun ?? false, asOf }, { records, now: asOf });
}

const expired = (overrides: Partial<Subscription> = {}): Partial<Subscription> => ({
  status: "expired",
  graceEndsAt: "2026-03-08T00:00:00Z",
  change: { from: "active", to: "expired", at: "2026-03-01T00:00:01Z", mailJobId: "email-1" },
  ...overrides,
});

describe("the expiry check", () => {
  it.each([
    ["1 ms before its expiry", "2026-02-28T23:59:59.999Z", "active", 0, 0],
    ["at its expiry", "2026-03-01T00:00:00.000Z", "expired", 1, 0],
    ["1 ms after its expiry", "2026-03-01T00:00:00.001Z", "expired", 1, 0],
    ["1 ms before the grace period is over", "2026-03-07T23:59:59.999Z", "expired", 1, 0],
    ["when the grace period is over as well", "2026-03-08T00:00:00.000Z", "suspended", 0, 1],
    ["1 ms after that", "2026-03-08T00:00:00.001Z", "suspended", 0, 1],
  ])("finds an active subscription %s, at %s, %s", async (_, asOf, status, expiredCount, suspendedCount) => {
    const run = await runAt(asOf, [given(), aTenant()]);
    const processed = expiredCount + suspendedCount;
    expect(run.result).toMatchObject({ success: true, processed, expiredCount, suspendedCount, errors: [] });
    expect(subscriptionAfter(run)).toMatchObject({ status });
    expect(mailsOf(run).map(({ type }) => type)).toEqual(processed === 0 ? [] : [`subscription_${status}`]);
  });

  it.each([
    ["2026-03-07T23:59:59.999Z", "expired"],
    ["2026-03-08T00:00:00.000Z", "suspended"],
    ["2026-03-08T00:00:00.001Z", "suspended"],
  ])("leaves an expired one at %s %s", async (asOf, status) => {
    const run = await runAt(asOf, [given(expired()), aTenant()]);
    expect(subscriptionAfter(run)).toMatchObject({ status });
    expect(mailsOf(run)).toHaveLength(status === "expired" ? 0 : 1);
  });

  it("tells the tenant what has expired, and until when everything works", async () => {
    const manageUrl = "https://celadon.example.com/account";
    const run = await runAt("2026-03-01T00:00:00Z", [given({ manageUrl }), aTenant({ locale: "nl-NL" })]);
    const [mail, ...more] = run.enqueued;
    expect(more).toEqual([]);
    expect(mail).toMatchObject({
      id: "email-subscription_expired-shop_1-20260301T000000Z",
      options: { idempotencyKey: "subscription_expired-shop_1-20260301T000000Z", tenant: "shop_1" },
      payload: {
        type: "subscription_expired",
        // In Amsterdam both ends are at one in the morning.
        data: {
          email: "owner@celadon.example.com",
          locale: "nl-NL",
          plan: "Studio",
          tenant: "Celadon",
          expiredOn: "2026-03-01",
          graceEndsOn: "2026-03-08",
          renewUrl: manageUrl,
        },
      },
    });
    expect(subscriptionAfter(run)).toMatchObject({
      status: "expired",
      graceEndsAt: "2026-03-08T00:00:00.000Z",
      change: { from: "active", to: "expired", mailJobId: "email-subscription_expired-shop_1-20260301T000000Z" },
    });
  });

  it.each([
    // Midnight at the store: the day before is the last one.
    ["UTC", "2026-02-28", "2026-03-07"],
    ["America/Los_Angeles", "2026-02-28", "2026-03-07"],
    ["Pacific/Kiritimati", "2026-03-01", "2026-03-08"],
  ])("names the last day of each in the tenant's calendar: in %s", async (timeZone, expiredOn, graceEndsOn) => {
    const run = await runAt("2026-03-01T00:00:00Z", [given(), aTenant({ timeZone })]);
    expect(mailsOf(run)).toMatchObject([{ data: { expiredOn, graceEndsOn } }]);
  });

  it("names the right days where clocks change within the grace period", async () => {
    // Midnight in Los Angeles before the change, one in the morning after it.
    const run = await runAt("2026-03-06T08:00:00Z", [
      given({ expireDate: "2026-03-06T08:00:00Z" }),
      aTenant({ timeZone: "America/Los_Angeles" }),
    ]);
    expect(mailsOf(run)).toMatchObject([{ data: { expiredOn: "2026-03-05", graceEndsOn: "2026-03-13" } }]);
  });

  it("tells the tenant since when it is suspended", async () => {
    const run = await runAt("2026-03-08T00:00:00Z", [given(expired()), aTenant({ timeZone: "UTC" })]);
    expect(run.enqueued).toMatchObject([
      {
        id: "email-subscription_suspended-shop_1-20260301T000000Z",
        payload: { type: "subscription_suspended", data: { suspendedOn: "2026-03-08" } },
      },
    ]);
  });

  it("stores a notification and an audit entry for each change", async () => {
    const first = await runAt("2026-03-01T00:00:00Z", [given(), aTenant()]);
    const second = await runAt("2026-03-08T00:00:00Z", leftBy(first));
    const of = (kind: string) => second.records.filter((record) => record.kind === kind);
    expect(of("notification")).toMatchObject(
      ["expired", "suspended"].map((status) => ({
        id: `subscription_${status}-shop_1-20260301T000000Z`,
        body: { kind: `subscription_${status}`, recipient: { role: "tenant", id: "shop_1" }, about: "shop_1" },
      })),
    );
    expect(of("audit")).toMatchObject(
      ["expired", "suspended"].map((status) => ({
        id: `subscription_${status}-shop_1-20260301T000000Z`,
        body: {
          actor: "subscription_expiry_check",
          action: `subscription.${status}`,
          subject: { kind: "subscription", id: "shop_1" },
          details: { graceEndsAt: "2026-03-08T00:00:00.000Z" },
        },
      })),
    );
  });

  it("keeps to the grace period that was promised, whatever the settings say since", async () => {
    const first = await runAt("2026-03-01T00:00:00Z", [given(), aTenant(), settings({ gracePeriodDays: 10 })]);
    const later = leftBy(first).map((each) => (each.id === "sweeps" ? settings({ gracePeriodDays: 0 }) : each));
    const before = await runAt("2026-03-10T23:59:59.999Z", later);
    expect(before.result).toMatchObject({ processed: 0 });
    expect((await runAt("2026-03-11T00:00:00Z", later)).result).toMatchObject({ suspendedCount: 1 });
  });

  it("without a grace period suspends at once, and tells only that", async () => {
    const run = await runAt("2026-03-01T00:00:00Z", [given(), aTenant(), settings({ gracePeriodDays: 0 })]);
    expect(run.result).toMatchObject({ processed: 1, expiredCount: 0, suspendedCount: 1 });
    expect(mailsOf(run).map(({ type }) => type)).toEqual(["subscription_suspended"]);
    expect(subscriptionAfter(run)).toMatchObject({ graceEndsAt: "2026-03-01T00:00:00.000Z" });
  });

  it("tells each change once in a fortnight of daily runs, one of them missed", async () => {
    let records: readonly GivenRecord[] = [given(), aTenant()];
    const told: string[] = [];
    const days = Array.from({ length: 14 }, (_, index) => new Date(Date.UTC(2026, 1, 26 + index)).toISOString());
    for (const day of days.filter((each) => each !== "2026-03-01T00:00:00.000Z")) {
      const run = await runSchedule(handler, "subscription-expiry-check", day, { records });
      told.push(...mailsOf(run).map(({ type }) => `${day.slice(0, 10)} ${type}`));
      records = leftBy(run);
    }
    expect(told).toEqual(["2026-03-02 subscription_expired", "2026-03-08 subscription_suspended"]);
  });

  it("says in a dry run what it would do, and does nothing", async () => {
    const records = [
      given(),
      given({ tenantId: "shop_2", expireDate: "2026-01-01T00:00:00Z" }),
      given(expired({ tenantId: "shop_3", graceEndsAt: "2026-02-20T00:00:00Z" })),
      given({ tenantId: "shop_4", expireDate: "2026-03-02T00:00:00Z" }),
    ];
    const run = await runAt("2026-03-01T00:00:00Z", records, { dryRun: true });
    expect(run.result).toMatchObject({ dryRun: true, processed: 3, expiredCount: 1, suspendedCount: 2 });
    expect(run.enqueued).toEqual([]);
    expect(run.records.map(({ version }) => version)).toEqual([1, 1, 1, 1]);
  });

  it("survives a crash, wherever it comes", async () => {
    const records = [
      given(),
      given({ tenantId: "shop_2", expireDate: "2026-01-01T00:00:00Z" }),
      given(expired({ tenantId: "shop_3", graceEndsAt: "2026-02-20T00:00:00Z" })),
      ...["shop_1", "shop_2", "shop_3"].map((tenantId) => aTenant({ tenantId })),
    ];
    const payload = { dryRun: false, asOf: "2026-03-01T00:00:00Z" };
    await expect(checkJob(handler, payload, { records })).resolves.toMatchObject({ resends: [] });
    const example = exampleOf(handler);
    await expect(checkJob(handler, example.payload, example.options)).resolves.toMatchObject({ resends: [] });
  }, 120_000);
});

describe("an expiry check that cannot do everything", () => {
  it("lists what is wrong once, with the ids only, does the others, and does the rest when it is put right", async () => {
    const broken = given({ tenantId: "shop_2" });
    const records = [
      given(),
      aTenant(),
      { ...broken, body: { ...broken.body, email: "eve@example.com", plan: "" } },
      given({ tenantId: "shop_3" }),
    ];
    const run = await runAt("2026-03-01T00:00:00Z", records);
    expect(run.result).toMatchObject({ success: false, processed: 1, expiredCount: 1, errorCount: 2 });
    const { errors } = run.result as { readonly errors: readonly string[] };
    expect(errors.toSorted()).toEqual([
      expect.stringMatching(/^shop_2: The subscription record shop_2 is not right: plan:/),
      expect.stringMatching(/^shop_3: There is no tenant all\/shop_3\./),
    ]);
    expect(JSON.stringify(run.result)).not.toContain("@");

    const put = leftBy({ ...run, records: run.records.filter(({ id }) => id !== "shop_2") });
    const next = await runAt("2026-03-02T00:00:00Z", [...put, aTenant({ tenantId: "shop_3" })]);
    expect(next.result).toMatchObject({ success: true, processed: 1, expiredCount: 1 });
    expect(mailsOf(next)).toMatchObject([{ type: "subscription_expired", data: { expiredOn: "2026-03-01" } }]);
  });

  it("counts one that was suspended at once and could not be told once, and tells it later", async () => {
    const run = await runAt("2026-03-08T00:00:00Z", [given()]); // exactly where the two ranges of the list meet
    expect(run.result).toMatchObject({ success: false, processed: 0, errorCount: 1 });
    expect(subscriptionAfter(run)).toMatchObject({ status: "suspended" });
    const next = await runAt("2026-03-21T00:00:00Z", [...leftBy(run), aTenant()]);
    expect(next.result).toMatchObject({ success: true, processed: 1, suspendedCount: 1 });
    expect(mailsOf(next).map(({ type }) => type)).toEqual(["subscription_suspended"]);
    expect((await runAt("2026-03-22T00:00:00Z", leftBy(next))).result).toMatchObject({ processed: 0 });
  });

  it("tells of the suspension only, and errs once, when the expiry could not be told in time", async () => {
    const untold = await runAt("2026-03-01T00:00:00Z", [given()]);
    expect(subscriptionAfter(untold)).toMatchObject({ status: "expired" });
    const still = await runAt("2026-03-08T00:00:00Z", leftBy(untold));
    expect(still.result).toMatchObject({ success: false, processed: 0, errorCount: 1 });
    expect(subscriptionAfter(still)).toMatchObject({ status: "suspended" });
    const next = await runAt("2026-03-09T00:00:00Z", [...leftBy(still), aTenant()]);
    expect(next.result).toMatchObject({ success: true, processed: 1, suspendedCount: 1 });
    expect(mailsOf(next).map(({ type }) => type)).toEqual(["subscription_suspended"]);
  });
});

/** The handler, with something that happens just before its first write of a subscription. */
const withMeanwhile = (meanwhile: (records: RecordStore) => Promise<unknown>): typeof handler => {
  let hasHappened = false;
  const handle: typeof handler.handle = (job, services) => {
    const { records } = services;
    const replace: RecordStore["replace"] = async (key, ...rest) => {
      if (key.kind === "subscription" && !hasHappened) {
        hasHappened = true;
        await meanwhile(records);
      }
      return records.replace(key, ...rest);
    };
    return handler.handle(job, { ...services, records: { ...records, replace } });
  };
  return Object.assign((...args: Parameters<typeof handler>) => handler(...args), handler, { handle });
};

describe("an expiry check beside others", () => {
  const renewal = { expireDate: "2026-04-01T00:00:00Z", actor: "stripe-webhook" };

  it("loses against a renewal that comes between its read and its write: no change, no mail", async () => {
    const clock = { now: () => Date.parse("2026-03-01T00:00:00.500Z"), after: () => () => undefined };
    const tested = withMeanwhile((records) => renewSubscription({ records, clock }, "shop_1", renewal));
    const asOf = "2026-03-01T00:00:00Z";
    const run = await runJob(tested, { dryRun: false, asOf }, { records: [given(), aTenant()], now: asOf });
    expect(run.result).toMatchObject({ success: true, processed: 0, expiredCount: 0 });
    expect(run.enqueued).toEqual([]);
    expect(subscriptionAfter(run)).toMatchObject({ status: "active", expireDate: "2026-04-01T00:00:00Z" });
    expect(subscriptionAfter(run)).not.toHaveProperty("change");
  });

  it("tells nothing of a change that a renewal has overtaken before it was told", async () => {
    const untold = await runAt("2026-03-01T00:00:00Z", [given()]);
    const records = [...leftBy(untold).filter(({ kind }) => kind !== "subscription"), aTenant()];
    const change = { from: "active", to: "expired", at: "2026-03-01T00:00:01Z" } as const;
    // As another program may renew it, which knows of no marks.
    const renewed = given({ status: "active", expireDate: "2026-04-01T00:00:00Z", change });
    const run = await runAt("2026-03-02T00:00:00Z", [...records, renewed]);
    expect(run.result).toMatchObject({ success: true, processed: 0 });
    expect(mailsOf(run)).toEqual([]);
  });

  it("finds another run at work, says so and does nothing", async () => {
    const heldUntil = Date.parse("2026-03-01T00:10:00Z");
    const lock = { kind: "sweep_lock", id: "subscription_expiry_check", body: { jobId: "the-other", heldUntil } };
    const run = await runAt("2026-03-01T00:00:00Z", [given(), aTenant(), lock]);
    expect(run.result).toMatchObject({ success: true, skipped: { runningJobId: "the-other" } });
    expect(subscriptionAfter(run)).toMatchObject({ status: "active" });
    expect(run.enqueued).toEqual([]);
  });

  it("changes and tells once, though another run without the lock does the same at the same moment", async () => {
    const asOf = "2026-03-01T00:00:00Z";
    // What the other run has got to when this one writes: everything.
    const other = await runAt(asOf, [given(), aTenant()]);
    const tested = withMeanwhile(async (records) => {
      const known = await subscriptions.get(records, { id: "shop_1" });
      await subscriptions.replace(records, { id: "shop_1" }, known, subscriptionAfter(other));
    });
    const run = await runJob(tested, { dryRun: false, asOf }, { records: [given(), aTenant()], now: asOf });
    expect(run.result).toMatchObject({ success: true, processed: 0 });
    expect(run.enqueued).toEqual([]);
    // And when the other one has changed it, and told nobody yet: both tell, under one key.
    const half = withMeanwhile(async (records) => {
      const known = await subscriptions.get(records, { id: "shop_1" });
      const { change, ...rest } = subscriptionAfter(other) as Subscription;
      const { mailJobId: _, ...untold } = change ?? { from: "active", to: "expired", at: asOf };
      await subscriptions.replace(records, { id: "shop_1" }, known, { ...rest, change: untold });
    });
    const both = await runJob(half, { dryRun: false, asOf }, { records: [given(), aTenant()], now: asOf });
    expect(both.enqueued.map(({ id }) => id)).toEqual(other.enqueued.map(({ id }) => id));
  });
});
