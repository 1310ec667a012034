import { describe, expect, it } from "@jest/globals";

import { cleanupAnswer, remindersAnswer, resultsAnswer } from "../../shared/cron/cron-answers.ts";
import { CRON_ENDPOINTS, endpointAt } from "../../shared/cron/cron-endpoints.ts";
import { skippedResult, sweepResultOf } from "../../shared/sweeps/sweep-result.ts";

const AT = "2026-03-01T02:00:07.000Z";
/** As it reaches the caller. */
const json = (body: object): unknown => JSON.parse(JSON.stringify(body));

const cleaned = {
  success: true,
  dryRun: false,
  summary: {
    staleBookings: { cancelled: 3, errors: [] },
    notifications: { deleted: 150, errors: [] },
    otps: { deleted: 0, errors: [] },
    auditLogs: { deleted: 0, errors: [] },
  },
};

describe("the answer to the clean-up", () => {
  it("is what its callers have always had", () => {
    expect(json(cleanupAnswer(cleaned, AT))).toEqual({
      success: true,
      timestamp: "2026-03-01T02:00:07.000Z",
      summary: {
        staleBookings: { cancelled: 3, errors: [] },
        notifications: { deleted: 150, errors: [] },
        otps: { deleted: 0, errors: [] },
        auditLogs: { deleted: 0, errors: [] },
      },
    });
  });

  it("marks parts that another run was at, and a dry run", () => {
    const staleBookings = { cancelled: 0, errors: [], skipped: true };
    const summary = { ...cleaned.summary, staleBookings };
    expect(json(cleanupAnswer({ ...cleaned, dryRun: true, summary }, AT))).toMatchObject({
      dryRun: true,
      summary: { staleBookings: { cancelled: 0, errors: [], skipped: true }, otps: { deleted: 0, errors: [] } },
    });
    expect(json(cleanupAnswer({ ...cleaned, summary }, AT))).not.toHaveProperty("summary.otps.skipped");
  });

  it("says what could not be done", () => {
    const staleBookings = { cancelled: 2, errors: ["bk_7: RECORD_INVALID"] };
    const result = { ...cleaned, success: false, summary: { ...cleaned.summary, staleBookings } };
    expect(json(cleanupAnswer(result, AT))).toMatchObject({ success: false, summary: { staleBookings } });
  });

  it("is none for another job's result", () => {
    expect(() => cleanupAnswer(sweepResultOf(), AT)).toThrow("summary");
    expect(() => cleanupAnswer(undefined, AT)).toThrow("expected object");
  });
});

describe("the answer to the reminders", () => {
  it("is what its callers have always had", () => {
    const summary = { bookingReminders: { sent: 2, errors: [] }, paymentReminders: { sent: 1, errors: [] } };
    expect(json(remindersAnswer({ success: true, dryRun: false, summary }, AT))).toEqual({
      success: true,
      timestamp: "2026-03-01T02:00:07.000Z",
      summary: { bookingReminders: { sent: 2, errors: [] }, paymentReminders: { sent: 1, errors: [] } },
    });
  });
});

describe("the answer to an admin's job", () => {
  const result = { ...sweepResultOf(), processed: 10, expired: 4, suspended: 6 };

  it("is what its callers have always had", () => {
    expect(json(resultsAnswer(result, AT))).toEqual({
      message: "Job completed",
      results: { processed: 10, errors: [] },
      timestamp: "2026-03-01T02:00:07.000Z",
    });
  });

  it("counts the errors that it does not list", () => {
    const errors = Array.from({ length: 100 }, (_, index) => `shop_${index}: RECORD_INVALID`);
    const failed = { ...result, success: false, errors, errorCount: 250 };
    expect(json(resultsAnswer(failed, AT))).toMatchObject({ results: { processed: 10, errors, errorCount: 250 } });
    expect(json(resultsAnswer({ ...failed, errorCount: 100 }, AT))).not.toHaveProperty("results.errorCount");
  });

  it("says that another run was at it", () => {
    expect(json(resultsAnswer(skippedResult("store_cleanup-1"), AT))).toEqual({
      message: "Job completed",
      results: { processed: 0, errors: [] },
      timestamp: "2026-03-01T02:00:07.000Z",
      skipped: true,
    });
  });

  it("is none for a result that does not say how many were done", () => {
    expect(() => resultsAnswer(sweepResultOf(), AT)).toThrow("says no `processed`");
  });
});

describe("the cron endpoints", () => {
  it("are six, each found by its own path alone", () => {
    expect(CRON_ENDPOINTS.map(({ path, definition }) => `${path} ${definition.type}`)).toEqual([
      "/api/cron/cleanup cleanup",
      "/api/cron/reminders reminders",
      "/api/admin/subscriptions/expiry-checker subscription_expiry_check",
      "/api/admin/subscriptions/payment-reminders subscription_payment_reminders",
      "/api/admin/analytics/aggregate analytics_aggregation",
      "/api/admin/cleanup store_cleanup",
    ]);
    expect(CRON_ENDPOINTS.map(({ path }) => endpointAt(path)?.path)).toEqual(CRON_ENDPOINTS.map(({ path }) => path));
  });
});
