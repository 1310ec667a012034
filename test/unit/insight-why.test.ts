import { describe, expect, it } from "@jest/globals";

import { why, type WhyOptions } from "../../shared/engine/insight/why.ts";
import type { Attempt, Job } from "../../shared/job/job.ts";
import type { JobStatus } from "../../shared/job/job-state.ts";
import { aRow } from "../support/job-rows.ts";

const MINUTE = 60_000;
/** 2026-01-01T12:00:00Z */
const NOON = 1_767_268_800_000;

/** A row of that status at noon, as it would be with these values. */
const job = (status: JobStatus, values: object = {}): Job => ({
  ...aRow({ id: "greeting-1", status, at: NOON, createdAt: NOON - 10 * MINUTE }),
  ...values,
});

const attempt = (epoch: number, ending: string, code?: string): Attempt => ({
  run: 1,
  epoch,
  attempt: epoch,
  from: NOON - 5 * MINUTE,
  to: NOON - 4 * MINUTE,
  ending,
  ...(code !== undefined && { code }),
});
const error = { code: "OUT_OF_INK", message: "The printer has no ink.", at: NOON };
const intent = { token: "t", epoch: 1, at: NOON - 7 * MINUTE, onUnknown: "review", to: "zoe@example.com" };
const openMail = { effects: { mail: { intent } } };
const of3 = { maxAttempts: 3 };

describe("why", () => {
  const cases: [string, Job, string, WhyOptions?][] = [
    [
      "a pending job is delayed",
      job("pending", { runAt: NOON + 5 * MINUTE }),
      "Delayed until 2026-01-01T12:05:00Z (in 5 minutes).",
    ],
    [
      "a pending job has just become due",
      job("pending", { epoch: 0, runAt: NOON - 2_000 }),
      "Never executed, due since 2026-01-01T11:59:58Z (2 seconds ago): its permit is under way.",
    ],
    [
      "a pending job's permit was lost",
      job("pending", { epoch: 0, runAt: NOON - 90_000 }),
      "Never executed, due since 2026-01-01T11:58:30Z (1 minute ago): nobody has taken its permit yet, and the ticker sends another.",
    ],
    [
      "the ticker does not run",
      job("pending", { epoch: 0, runAt: NOON - 10 * MINUTE }),
      "Never executed, due since 2026-01-01T11:50:00Z (10 minutes ago): the ticker has sent no permit for it, and may not be running.",
    ],
    [
      "a job is never executed because its function is throttled",
      job("pending", { epoch: 0, runAt: NOON - 10 * MINUTE, permits: 3 }),
      "Never executed, due since 2026-01-01T11:50:00Z (10 minutes ago): the ticker has sent 3 permits and nobody has taken " +
        "one, so its type's function is throttled, switched off or failing at its start, or busy with older work.",
    ],
    [
      "it was replayed",
      job("pending", { run: 2, history: [attempt(1, "fail")], runAt: NOON - 2_000 }),
      "Replayed as run 2, due since 2026-01-01T11:59:58Z (2 seconds ago): its permit is under way.",
    ],
    [
      "a person has resolved it",
      job("pending", {
        history: [attempt(1, "review")],
        resolutions: [{ effect: "mail", decision: "again", by: "ada", at: NOON - 2_000 }],
        runAt: NOON - 2_000,
      }),
      'Resolved by ada (effect "mail": to be sent again), due since 2026-01-01T11:59:58Z (2 seconds ago): its permit is ' +
        "under way.",
    ],
    [
      "its type is paused",
      job("pending", { runAt: NOON - 10 * MINUTE, permits: 3 }),
      "Due since 2026-01-01T11:50:00Z (10 minutes ago): its type was paused by ada.",
      { circumstances: { pausedBy: "ada" } },
    ],
    [
      "a rate limit holds it back",
      job("pending", { runAt: NOON + MINUTE, rateSlotAt: NOON + MINUTE, rateKey: "mail" }),
      "Its turn in the rate limit mail is at 2026-01-01T12:01:00Z (in 1 minute).",
    ],
    [
      "a concurrency key holds it back",
      job("pending", { runAt: NOON - MINUTE, concurrencyKey: "shop-7" }),
      "Due since 2026-01-01T11:59:00Z (1 minute ago): other jobs (a, b) hold every slot of the concurrency key shop-7.",
      { circumstances: { slotHolders: ["a", "b"] } },
    ],
    [
      "it runs",
      job("processing", { claimedAt: NOON - 20_000, leaseUntil: NOON + MINUTE, attempts: 1 }),
      "Running: attempt 1 of 3 began at 2026-01-01T11:59:40Z (20 seconds ago) and holds the lease until 2026-01-01T12:01:00Z.",
      of3,
    ],
    [
      "it runs, of who knows how many attempts",
      job("processing", { claimedAt: NOON - 20_000, leaseUntil: NOON + MINUTE, attempts: 2 }),
      "Running: attempt 2 began at 2026-01-01T11:59:40Z (20 seconds ago) and holds the lease until 2026-01-01T12:01:00Z.",
    ],
    [
      "it is about to stop",
      job("processing", {
        claimedAt: NOON - 20_000,
        leaseUntil: NOON + MINUTE,
        cancelRequestedAt: NOON - 10_000,
        attempts: 1,
      }),
      "Stops before its next step or effect, a cancel was asked for at 2026-01-01T11:59:50Z: attempt 1 of 3 began at " +
        "2026-01-01T11:59:40Z (20 seconds ago) and holds the lease until 2026-01-01T12:01:00Z.",
      of3,
    ],
    [
      "it is about to fail",
      job("processing", { claimedAt: NOON - 1_000, leaseUntil: NOON + MINUTE, failing: error, attempts: 4 }),
      "About to fail with OUT_OF_INK (The printer has no ink); attempt 4 began at 2026-01-01T11:59:59Z (1 second ago) and " +
        "holds the lease until 2026-01-01T12:01:00Z.",
      of3,
    ],
    [
      "its worker died, and the next permit is to come",
      job("processing", { leaseUntil: NOON - 4 * MINUTE, dueAt: NOON + MINUTE, attempts: 1 }),
      "Attempt 1 of 3 ended without a word, its worker died: its lease ended at 2026-01-01T11:56:00Z (4 minutes ago), and the " +
        "next permit is sent at 2026-01-01T12:01:00Z.",
      of3,
    ],
    [
      "its worker died, and the ticker is about to look",
      job("processing", { leaseUntil: NOON - 500, dueAt: NOON - 500, attempts: 1 }),
      "Attempt 1 of 3 ended without a word, its worker died: its lease ended at 2026-01-01T11:59:59Z (less than a second ago), " +
        "and the next permit is due now.",
      of3,
    ],
    [
      "its worker died in the last attempt",
      job("processing", { leaseUntil: NOON - 500, dueAt: NOON - 500, attempts: 3 }),
      "Attempt 3 of 3 ended without a word, its worker died: its lease ended at 2026-01-01T11:59:59Z (less than a second ago), " +
        "and the next permit is due now and fails it as CRASH_LOOP: no attempts are left.",
      of3,
    ],
    [
      "its worker died, and a cancel was asked for",
      job("processing", {
        leaseUntil: NOON - 500,
        dueAt: NOON - 500,
        attempts: 3,
        cancelRequestedAt: NOON - 1_000,
      }),
      "Attempt 3 of 3 ended without a word, its worker died: its lease ended at 2026-01-01T11:59:59Z (less than a second ago), " +
        "and the next permit is due now and stops it; a cancel was asked for at 2026-01-01T11:59:59Z.",
      of3,
    ],
    [
      "its worker died while it was about to fail",
      job("processing", { leaseUntil: NOON - 500, dueAt: NOON - 500, attempts: 3, failing: error }),
      "Attempt 3 ended without a word, its worker died: its lease ended at 2026-01-01T11:59:59Z (less than a second ago), and " +
        "the next permit is due now and fails it with OUT_OF_INK (The printer has no ink).",
    ],
    [
      "an attempt failed, and a cancel was asked for",
      job("retrying", { error, attempts: 1, runAt: NOON + 25_000, cancelRequestedAt: NOON - 5_000 }),
      "Attempt 1 of 3 failed with OUT_OF_INK (The printer has no ink); the next is at 2026-01-01T12:00:25Z (in 25 seconds); a " +
        "cancel was asked for at 2026-01-01T11:59:55Z.",
      of3,
    ],
    [
      "an attempt failed with an error that says nothing",
      job("retrying", { error: { ...error, message: "" }, attempts: 1, runAt: NOON + 25_000 }),
      "Attempt 1 failed with OUT_OF_INK; the next is at 2026-01-01T12:00:25Z (in 25 seconds).",
    ],
    [
      "an error's message has many lines",
      job("failed", { error: { ...error, code: "NO\u001B[2J", message: "No ink.\n  at print\r\n" } }),
      "Failed after 1 attempt with NO [2J (No ink. at print); its dead letter was sent to the DLQ.",
    ],
    [
      "an attempt failed, and the next is to come",
      job("retrying", { error, attempts: 1, history: [attempt(1, "retry", "OUT_OF_INK")], runAt: NOON + 25_000 }),
      "Attempt 1 of 3 failed with OUT_OF_INK (The printer has no ink); the next is at 2026-01-01T12:00:25Z (in 25 seconds).",
      of3,
    ],
    [
      "an attempt failed, and nobody takes the next",
      job("retrying", { error, attempts: 1, runAt: NOON - 10 * MINUTE, permits: 1 }),
      "Attempt 1 of 3 failed with OUT_OF_INK (The printer has no ink); due again since 2026-01-01T11:50:00Z (10 minutes ago): " +
        "the ticker has sent 1 permit and nobody has taken one, so its type's function is throttled, switched off or failing at " +
        "its start, or busy with older work.",
      of3,
    ],
    [
      "it waits for a receipt",
      job("retrying", { ...openMail, history: [attempt(1, "release")], runAt: NOON + 10 * MINUTE }),
      'Waits for the receipt of effect "mail" (sent at 2026-01-01T11:53:00Z to zoe@example.com) until 2026-01-01T12:10:00Z ' +
        "(in 10 minutes).",
    ],
    [
      "it waits for a receipt before it fails",
      job("retrying", { ...openMail, failing: error, history: [attempt(1, "release")], runAt: NOON + 10 * MINUTE }),
      'Held back before it fails with OUT_OF_INK (The printer has no ink): waits for the receipt of effect "mail" (sent at ' +
        "2026-01-01T11:53:00Z to zoe@example.com) until 2026-01-01T12:10:00Z (in 10 minutes).",
    ],
    [
      "it waits for jobs that are named",
      job("waiting", { dueAt: NOON + MINUTE, waitingFor: ["pdf-1", "pdf-2"] }),
      "Waits for 2 jobs (pdf-1, pdf-2) to end; looked at again at 2026-01-01T12:01:00Z (in 1 minute) at the latest.",
    ],
    [
      "it waits for many jobs",
      job("waiting", { dueAt: NOON - 1, waitingFor: ["a", "b", "c", "d", "e", "f"] }),
      "Waits for 6 jobs (a, b, c, d, e, …) to end; looked at again at 2026-01-01T11:59:59Z at the latest.",
    ],
    [
      "its time to live has passed",
      job("cancelled", { endedAt: NOON, error: { ...error, code: "EXPIRED" }, history: [attempt(1, "expire")] }),
      "Cancelled at 2026-01-01T12:00:00Z with EXPIRED (The printer has no ink).",
    ],
    [
      "a job that it waited for did not complete",
      job("cancelled", { endedAt: NOON, error: { ...error, code: "DEPENDENCY_FAILED" } }),
      "Cancelled at 2026-01-01T12:00:00Z with DEPENDENCY_FAILED (The printer has no ink).",
    ],
    [
      "it waits for a person",
      job("needs_review", { ...openMail, review: { effect: "mail", at: NOON - 3 * 60 * MINUTE } }),
      'Waits for a person since 2026-01-01T09:00:00Z (3 hours ago): nobody knows the outcome of effect "mail" (sent at ' +
        "2026-01-01T11:53:00Z to zoe@example.com); resolve it as sent, or to be sent again.",
    ],
    [
      "it waits for a person, and a cancel was asked for",
      job("needs_review", { review: { effect: "mail", at: NOON - MINUTE }, cancelRequestedAt: NOON - 5_000 }),
      'Waits for a person since 2026-01-01T11:59:00Z (1 minute ago): nobody knows the outcome of effect "mail"; resolve it as ' +
        "sent, or to be sent again; a cancel was asked for at 2026-01-01T11:59:55Z.",
    ],
    [
      "it failed",
      job("failed", { error, attempts: 3, epoch: 3, history: [1, 2, 3].map((each) => attempt(each, "retry")) }),
      "Failed after 3 attempts with OUT_OF_INK (The printer has no ink); its dead letter was sent to the DLQ.",
    ],
    [
      "it failed, and some claims ended without a word",
      job("failed", {
        error,
        attempts: 4,
        epoch: 4,
        history: [attempt(2, "retry"), attempt(4, "fail")],
        dlqOwed: true,
      }),
      "Failed after 4 attempts with OUT_OF_INK (The printer has no ink); attempts 1 and 3 ended without a word; its dead " +
        "letter is owed to the DLQ, and the ticker sees to it.",
    ],
    [
      "it failed again after a replay",
      job("failed", { error, attempts: 1, run: 2, epoch: 4, history: [{ ...attempt(4, "fail"), run: 2, attempt: 1 }] }),
      "Failed after 1 attempt of run 2 with OUT_OF_INK (The printer has no ink); its dead letter was sent to the DLQ.",
    ],
    ["it is completed", job("completed", { attempts: 2 }), "Completed in 2 attempts at 2026-01-01T12:00:00Z."],
    [
      "it is completed, and a sweep's count of attempts has begun anew with its last page",
      job("completed", { attempts: 0 }),
      "Completed at 2026-01-01T12:00:00Z.",
    ],
    [
      "it is completed without having sent its mail",
      job("completed", { attempts: 1, result: { json: '{"notSent":"hard_bounce","since":"2025-12-01T00:00:00Z"}' } }),
      "Completed in 1 attempt at 2026-01-01T12:00:00Z, but nothing was sent: hard bounce since 2025-12-01T00:00:00Z.",
    ],
    ["it was cancelled while it waited", job("cancelled"), "Cancelled at 2026-01-01T12:00:00Z."],
    [
      "it was cancelled while it ran",
      job("cancelled", { cancelRequestedAt: NOON - 5_000 }),
      "Cancelled at 2026-01-01T12:00:00Z, as was asked for at 2026-01-01T11:59:55Z.",
    ],
  ];

  it.each(cases)("%s", (_name, row, expected, options = {}) => {
    expect(why(row, NOON, options)).toBe(expected);
  });
});
