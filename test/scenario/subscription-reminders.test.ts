import { describe, expect, it } from "@jest/globals";

import { checkJob, exampleOf, runJob, runSchedule, type GivenRecord } from "../../testing/index.ts"; // before the handler
import { handler } from "../../functions/stores/subscription-payment-reminders.ts";
import {
  subscriptionPayments,
  subscriptions,
  type Subscription,
  type SubscriptionPayment,
} from "../../shared/records/subscription.ts";
import {
  aPayment,
  aSubscription,
  aTenant,
  leftBy,
  mailsOf,
  paymentAfter,
  subscriptionAfter,
} from "../support/subscription-factory.ts";

const subscribed = (overrides: Partial<Subscription> = {}) => subscriptions.given(aSubscription(overrides));
const owing = (overrides: Partial<SubscriptionPayment> = {}) => subscriptionPayments.given(aPayment(overrides));

const runAt = (asOf: string, records: readonly GivenRecord[], dryRun = false) =>
  runJob(handler, { dryRun, asOf }, { records, now: asOf });

/** Every day at nine, UTC: what was mailed on which day. */
async function daily(first: string, days: number, given: readonly GivenRecord[], missed: readonly string[] = []) {
  let records = given;
  const told: string[] = [];
  for (let day = 0; day < days; day += 1) {
    const at = new Date(Date.parse(`${first}T09:00:00Z`) + day * 86_400_000).toISOString();
    if (missed.includes(at.slice(0, 10))) continue;
    const run = await runSchedule(handler, "subscription-payment-reminders", at, { records });
    for (const { type, data } of mailsOf(run)) {
      const isOverdue = "isOverdue" in data && data.isOverdue === true;
      told.push(`${at.slice(0, 10)} ${type}${isOverdue ? " overdue" : ""}`);
    }
    records = leftBy(run);
  }
  return told;
}

describe("a renewal's reminder", () => {
  it.each([
    ["1 ms before the seven days begin", "2026-02-21T23:59:59.999Z", 0],
    ["exactly seven days before", "2026-02-22T00:00:00.000Z", 1],
    ["1 ms later", "2026-02-22T00:00:00.001Z", 1],
    ["1 ms before the expiry", "2026-02-28T23:59:59.999Z", 1],
    ["at the expiry", "2026-03-01T00:00:00.000Z", 0],
    ["1 ms after the expiry", "2026-03-01T00:00:00.001Z", 0],
  ])("%s, at %s, goes out %i times", async (_, asOf, renewalReminders) => {
    const run = await runAt(asOf, [subscribed(), aTenant()]);
    expect(run.result).toMatchObject({ success: true, processed: renewalReminders, renewalReminders, dueReminders: 0 });
    expect(mailsOf(run)).toHaveLength(renewalReminders);
  });

  it.each([
    ["over the leap day", "2028-03-01T12:00:00Z", "2028-02-23T12:00:00.000Z"],
    ["over a month's end", "2026-05-03T12:00:00Z", "2026-04-26T12:00:00.000Z"],
    ["over a change to daylight saving", "2026-04-01T22:00:00Z", "2026-03-25T22:00:00.000Z"],
  ])("counts seven times 24 hours %s", async (_, expireDate, begins) => {
    const given = [subscribed({ expireDate }), aTenant()];
    const before = new Date(Date.parse(begins) - 1).toISOString();
    expect((await runAt(before, given)).result).toMatchObject({ renewalReminders: 0 });
    expect((await runAt(begins, given)).result).toMatchObject({ renewalReminders: 1 });
  });

  it("says what renews, when in the tenant's calendar, and for how much", async () => {
    const given = [
      subscribed({ manageUrl: "https://celadon.example.com/account" }),
      aTenant({ timeZone: "America/Los_Angeles" }),
    ];
    const run = await runAt("2026-02-24T09:00:00Z", given);
    expect(run.enqueued).toMatchObject([
      {
        id: "email-renewal_reminder-shop_1-20260301T000000Z",
        options: { tenant: "shop_1" },
        payload: {
          type: "renewal_reminder",
          data: {
            email: "owner@celadon.example.com",
            plan: "Studio",
            tenant: "Celadon",
            renewsOn: "2026-02-28",
            amount: 2_900,
            currency: "EUR",
            manageUrl: "https://celadon.example.com/account",
          },
        },
      },
    ]);
    expect(subscriptionAfter(run)).toMatchObject({ remindedOf: "2026-03-01T00:00:00Z" });
    expect(run.records.filter(({ kind }) => kind === "notification")).toMatchObject([
      { id: "renewal_reminder-shop_1-20260301T000000Z", body: { recipient: { role: "tenant", id: "shop_1" } } },
    ]);
  });

  it("goes out once for each expiry in a fortnight of daily runs, though the first day is missed", async () => {
    const given = [subscribed(), aTenant()];
    expect(await daily("2026-02-18", 14, given, ["2026-02-22"])).toEqual(["2026-02-23 renewal_reminder"]);
  });

  it("does not go out again, though the list is behind", async () => {
    const behind = { ...subscribed({ remindedOf: "2026-03-01T01:00:00+01:00" }), lists: subscribed().lists };
    const run = await runAt("2026-02-25T09:00:00Z", [behind, aTenant()]);
    expect(run.result).toMatchObject({ visited: 1, processed: 0 });
  });

  it("goes out again for the next expiry", async () => {
    const first = await runAt("2026-02-25T09:00:00Z", [subscribed(), aTenant()]);
    const [, ...others] = leftBy(first);
    const renewed = subscribed({ expireDate: "2026-03-31T00:00:00Z", remindedOf: "2026-03-01T00:00:00Z" });
    const second = await runAt("2026-03-25T09:00:00Z", [renewed, ...others]);
    expect(second.enqueued.map(({ id }) => id)).toEqual(["email-renewal_reminder-shop_1-20260331T000000Z"]);
  });

  it.each(["expired", "suspended", "cancelled"] as const)("does not go out for a %s one", async (status) => {
    const run = await runAt("2026-02-25T09:00:00Z", [subscribed({ status }), aTenant()]);
    expect(run.result).toMatchObject({ processed: 0 });
  });

  it("goes out as long before as the settings say", async () => {
    const settings = { kind: "settings", id: "sweeps", body: { stores: { renewalReminderDays: 14 } } };
    const run = await runAt("2026-02-15T00:00:00Z", [subscribed(), aTenant(), settings]);
    expect(run.result).toMatchObject({ renewalReminders: 1 });
  });
});

describe("a payment's reminders", () => {
  it.each([
    [
      "UTC",
      "2026-02-28T23:59:59.999Z",
      "2026-03-01T00:00:00.000Z",
      "2026-03-01T23:59:59.999Z",
      "2026-03-02T00:00:00.000Z",
    ],
    [
      "Pacific/Kiritimati",
      "2026-02-28T09:59:59.999Z",
      "2026-02-28T10:00:00.000Z",
      "2026-03-01T09:59:59.999Z",
      "2026-03-01T10:00:00.000Z",
    ],
    [
      "America/Los_Angeles",
      "2026-03-01T07:59:59.999Z",
      "2026-03-01T08:00:00.000Z",
      "2026-03-02T07:59:59.999Z",
      "2026-03-02T08:00:00.000Z",
    ],
    [
      "Etc/GMT+12",
      "2026-03-01T11:59:59.999Z",
      "2026-03-01T12:00:00.000Z",
      "2026-03-02T11:59:59.999Z",
      "2026-03-02T12:00:00.000Z",
    ],
  ])("follow the payment's calendar: in %s", async (timeZone, before, begins, ends, after) => {
    const given = [owing({ timeZone }), aTenant({ timeZone })];
    const countsAt = async (asOf: string) => (await runAt(asOf, given)).result;
    expect(await countsAt(before)).toMatchObject({ processed: 0 });
    expect(await countsAt(begins)).toMatchObject({ processed: 1, dueReminders: 1, overdueReminders: 0 });
    expect(await countsAt(ends)).toMatchObject({ processed: 1, dueReminders: 1, overdueReminders: 0 });
    expect(await countsAt(after)).toMatchObject({ processed: 1, dueReminders: 0, overdueReminders: 1 });
  });

  it.each([
    ["a day of 23 hours", "2026-03-29", "2026-03-28T23:00:00.000Z", "2026-03-29T22:00:00.000Z"],
    ["a day of 25 hours", "2026-10-25", "2026-10-24T22:00:00.000Z", "2026-10-25T23:00:00.000Z"],
    ["a leap day", "2028-02-29", "2028-02-28T23:00:00.000Z", "2028-02-29T23:00:00.000Z"],
    ["the year's last day", "2026-12-31", "2026-12-30T23:00:00.000Z", "2026-12-31T23:00:00.000Z"],
  ])("know %s in Amsterdam", async (_, dueOn, begins, ends) => {
    const given = [owing({ dueOn }), aTenant()];
    const countsAt = async (asOf: number) => (await runAt(new Date(asOf).toISOString(), given)).result;
    expect(await countsAt(Date.parse(begins) - 1)).toMatchObject({ processed: 0 });
    expect(await countsAt(Date.parse(begins))).toMatchObject({ dueReminders: 1 });
    expect(await countsAt(Date.parse(ends) - 1)).toMatchObject({ dueReminders: 1 });
    expect(await countsAt(Date.parse(ends))).toMatchObject({ overdueReminders: 1 });
  });

  it("say what is due, and then that it is overdue", async () => {
    const given = [owing({ payUrl: "https://pay.example.com/sp_1" }), aTenant({ locale: "nl" })];
    const due = await runAt("2026-03-01T09:00:00Z", given);
    const data = {
      email: "owner@celadon.example.com",
      locale: "nl",
      description: "Studio, March 2026",
      amount: 2_900,
      currency: "EUR",
      dueOn: "2026-03-01",
      payUrl: "https://pay.example.com/sp_1",
    };
    expect(due.enqueued).toMatchObject([
      {
        id: "email-payment_due-sp_1-2026-03-01",
        payload: { type: "payment_due", data: { ...data, isOverdue: false } },
      },
    ]);
    const overdue = await runAt("2026-03-02T09:00:00Z", leftBy(due));
    expect(overdue.enqueued).toMatchObject([
      {
        id: "email-payment_overdue-sp_1-2026-03-01",
        payload: { type: "payment_due", data: { ...data, isOverdue: true } },
      },
    ]);
    expect(paymentAfter(overdue)).toMatchObject({
      dueMailJobId: "email-payment_due-sp_1-2026-03-01",
      overdueMailJobId: "email-payment_overdue-sp_1-2026-03-01",
    });
    expect(overdue.records.filter(({ kind }) => kind === "notification")).toMatchObject([
      { id: "payment_due-sp_1-2026-03-01", body: { about: "sp_1", recipient: { role: "tenant", id: "shop_1" } } },
      { id: "payment_overdue-sp_1-2026-03-01" },
    ]);
  });

  it.each([
    // At nine in the morning, UTC, it is 9:00, 23:00, 1:00 of the same day there; in Honolulu 23:00 of the day before.
    ["UTC", "2026-03-01", "2026-03-02"],
    ["Pacific/Kiritimati", "2026-03-01", "2026-03-02"],
    ["America/Los_Angeles", "2026-03-01", "2026-03-02"],
    ["Pacific/Honolulu", "2026-03-02", "2026-03-03"],
  ])("go out once each in a fortnight of daily runs: in %s on %s and %s", async (timeZone, dueDay, overdueDay) => {
    const told = await daily("2026-02-23", 14, [owing({ timeZone }), aTenant({ timeZone })]);
    expect(told).toEqual([`${dueDay} payment_due`, `${overdueDay} payment_due overdue`]);
  });

  it("go out once, though a second run comes on the same day", async () => {
    const first = await runAt("2026-03-01T09:00:00Z", [owing(), aTenant()]);
    const second = await runAt("2026-03-01T10:00:00Z", leftBy(first));
    expect(second.result).toMatchObject({ processed: 0 });
    const overdue = await runAt("2026-03-02T09:00:00Z", leftBy(second));
    expect((await runAt("2026-03-02T10:00:00Z", leftBy(overdue))).result).toMatchObject({ processed: 0 });
  });

  it("go out as overdue only, when the due day's run was missed", async () => {
    const told = await daily("2026-02-23", 14, [owing(), aTenant()], ["2026-03-01"]);
    expect(told).toEqual(["2026-03-02 payment_due overdue"]);
  });

  it("go out again, once each, when the payment is put off to another day", async () => {
    const overdue = await runAt("2026-03-02T09:00:00Z", [owing(), aTenant()]);
    expect(overdue.result).toMatchObject({ overdueReminders: 1 });
    const putOff = leftBy(overdue).map((record) =>
      record.kind === "subscription_payment"
        ? subscriptionPayments.given({ ...(record.body as SubscriptionPayment), dueOn: "2026-03-05" })
        : record,
    );
    await expect(daily("2026-03-02", 7, putOff)).resolves.toEqual([
      "2026-03-05 payment_due",
      "2026-03-06 payment_due overdue",
    ]);
  });

  it.each(["0026-03-01", "1969-12-31", "2100-01-01", "9999-12-31"])(
    "are for days that calendars know: one on %s is refused when it is stored",
    (dueOn) => {
      expect(() => owing({ dueOn })).toThrow("must lie between 1970-01-01 and 2099-12-31");
    },
  );

  it("find one that has been overdue for long before anybody has told of it", async () => {
    const run = await runAt("2026-03-01T09:00:00Z", [owing({ dueOn: "2025-06-30" }), aTenant()]);
    expect(run.result).toMatchObject({ processed: 1, overdueReminders: 1 });
  });

  it.each(["paid", "cancelled"] as const)("do not go out for one that is %s", async (status) => {
    const run = await runAt("2026-03-01T09:00:00Z", [
      owing({ status }),
      owing({ paymentId: "sp_2", dueOn: "2026-02-01", status }),
      aTenant(),
    ]);
    expect(run.result).toMatchObject({ processed: 0 });
    expect(run.enqueued).toEqual([]);
  });
});

describe("subscription_payment_reminders", () => {
  const all = [
    subscribed(),
    owing(),
    owing({ paymentId: "sp_2", dueOn: "2026-02-20" }),
    owing({ paymentId: "sp_3", dueOn: "2026-03-02" }),
    aTenant(),
  ];

  it("says in a dry run what it would do, and does nothing", async () => {
    const asOf = "2026-02-28T23:30:00Z"; // 1 March in Amsterdam
    const run = await runAt(asOf, all, true);
    const counts = { processed: 3, renewalReminders: 1, dueReminders: 1, overdueReminders: 1 };
    expect(run.result).toMatchObject({ dryRun: true, ...counts });
    expect(run.enqueued).toEqual([]);
    expect((await runAt(asOf, all)).result).toMatchObject({ dryRun: false, ...counts });
  });

  it("finds another run at work, says so and does nothing", async () => {
    const heldUntil = Date.parse("2026-03-01T00:00:00Z");
    const lock = { kind: "sweep_lock", id: "subscription_payment_reminders", body: { jobId: "the-other", heldUntil } };
    const run = await runAt("2026-02-28T23:30:00Z", [...all, lock]);
    expect(run.result).toMatchObject({ success: true, skipped: { runningJobId: "the-other" } });
    expect(run.enqueued).toEqual([]);
  });

  it("lists what has no tenant once, with ids only, and does the others", async () => {
    const run = await runAt("2026-03-01T09:00:00Z", [
      owing(),
      owing({ paymentId: "sp_2", tenantId: "shop_2" }),
      aTenant(),
    ]);
    expect(run.result).toMatchObject({ success: false, processed: 1, dueReminders: 1, errorCount: 1 });
    const { errors } = run.result as { readonly errors: readonly string[] };
    expect(errors).toEqual([expect.stringMatching(/^sp_2: There is no tenant all\/shop_2\./)]);
  });

  it("survives a crash, wherever it comes", async () => {
    const payload = { dryRun: false, asOf: "2026-02-28T23:30:00Z" };
    await expect(checkJob(handler, payload, { records: all })).resolves.toMatchObject({ resends: [] });
    const example = exampleOf(handler);
    await expect(checkJob(handler, example.payload, example.options)).resolves.toMatchObject({ resends: [] });
  }, 120_000);
});
