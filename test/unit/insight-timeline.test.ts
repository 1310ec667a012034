import { describe, expect, it } from "@jest/globals";

import { effectLedger } from "../../shared/engine/insight/effect-ledger.ts";
import { timelineOf } from "../../shared/engine/insight/timeline.ts";
import type { Attempt, Job } from "../../shared/job/job.ts";
import type { JobStatus } from "../../shared/job/job-state.ts";
import { aRow } from "../support/job-rows.ts";
import { START } from "../support/virtual-clock.ts";

const job = (status: JobStatus, values: object): Job => ({
  ...aRow({ id: "greeting-1", status }),
  ...values,
});
const claim = (run: number, epoch: number, attempt: number, ending = "retry"): Attempt => ({
  run,
  epoch,
  attempt,
  ending,
  from: START + epoch * 100,
  to: START + epoch * 100 + 40,
});

describe("a timeline", () => {
  it("has every claim, those that ended without a word in their places", () => {
    const row = job("processing", {
      epoch: 5,
      attempts: 4,
      claimedAt: START + 500,
      leaseUntil: START + 900,
      history: [claim(1, 2, 2), claim(1, 3, 2, "release")],
    });
    expect(timelineOf(row)).toEqual([
      { kind: "enqueued", at: START },
      { kind: "silent", run: 1, epoch: 1, attempt: 1, after: START, before: START + 200 },
      {
        kind: "claim",
        run: 1,
        epoch: 2,
        attempt: 2,
        from: START + 200,
        to: START + 240,
        ending: "retry",
        durationMs: 40,
      },
      {
        kind: "claim",
        run: 1,
        epoch: 3,
        attempt: 2,
        from: START + 300,
        to: START + 340,
        ending: "release",
        durationMs: 40,
      },
      { kind: "silent", run: 1, epoch: 4, attempt: 3, after: START + 340, before: START + 500 },
      { kind: "running", run: 1, epoch: 5, attempt: 4, from: START + 500, leaseUntil: START + 900 },
    ]);
  });

  it("says where a run was replayed, and what people did", () => {
    const row = job("completed", {
      run: 2,
      epoch: 4,
      history: [claim(1, 1, 1, "fail"), claim(2, 2, 1, "review"), claim(2, 4, 2, "complete")],
      edits: [{ by: "ada", at: START + 150, hashBefore: "a", hashAfter: "b" }],
      resolutions: [{ effect: "mail", decision: "again", by: "bob", at: START + 260 }],
    });
    expect(timelineOf(row).map((event) => ("epoch" in event ? `${event.kind} ${event.epoch}` : event.kind))).toEqual([
      "enqueued",
      "claim 1",
      "edit",
      "restart",
      "claim 2",
      "resolution",
      "silent 3",
      "claim 4",
    ]);
  });

  it("puts a claim without a word, and a replay, after what a person did before them", () => {
    const row = job("processing", {
      run: 2,
      epoch: 5,
      attempts: 2,
      claimedAt: START + 500,
      leaseUntil: START + 900,
      history: [claim(1, 1, 1, "review"), claim(1, 3, 2, "fail")],
      resolutions: [{ effect: "mail", decision: "again", by: "ada", at: START + 200 }],
      edits: [{ by: "ada", at: START + 400, hashBefore: "a", hashAfter: "b" }],
      cancelRequestedAt: START + 450,
    });
    expect(timelineOf(row)).toMatchObject([
      { kind: "enqueued" },
      { kind: "claim", epoch: 1 },
      { kind: "resolution" },
      { kind: "silent", epoch: 2, after: START + 200, before: START + 300 },
      { kind: "claim", epoch: 3 },
      { kind: "edit" },
      { kind: "restart", run: 2 },
      { kind: "silent", epoch: 4, after: START + 400, before: START + 500 },
      { kind: "cancel_requested" },
      { kind: "running", epoch: 5 },
    ]);
  });

  it("has a replay before the cancel that followed it", () => {
    const row = job("cancelled", { run: 2, history: [claim(1, 1, 1, "fail")], endedAt: START + 200 });
    expect(timelineOf(row).slice(-2)).toMatchObject([{ kind: "restart", run: 2 }, { kind: "cancelled" }]);
  });

  it("counts a silent claim to the run that it belongs to", () => {
    const row = job("completed", { run: 2, epoch: 3, history: [claim(1, 1, 1), claim(2, 3, 1, "complete")] });
    expect(timelineOf(row)).toMatchObject([
      { kind: "enqueued" },
      { kind: "claim", epoch: 1 },
      { kind: "silent", run: 1, epoch: 2, attempt: 2 },
      { kind: "restart", run: 2 },
      { kind: "claim", epoch: 3 },
    ]);
  });

  it("ends with a replay that nobody has taken yet", () => {
    const row = job("pending", { run: 2, history: [claim(1, 1, 1, "fail")], updatedAt: START + 200 });
    expect(timelineOf(row).at(-1)).toEqual({ kind: "restart", run: 2 });
  });

  it("says how many claims a row has forgotten, and does not call them silent", () => {
    const history = Array.from({ length: 20 }, (_, index) => claim(1, index + 8, index + 8));
    const row = job("retrying", { epoch: 27, attempts: 27, history });
    expect(timelineOf(row).slice(0, 3)).toMatchObject([
      { kind: "enqueued" },
      { kind: "forgotten", claims: 7 },
      { kind: "claim", epoch: 8 },
    ]);
  });

  it("ends with a cancel", () => {
    const row = job("cancelled", {
      cancelRequestedAt: START + 120,
      endedAt: START + 140,
      history: [claim(1, 1, 1, "stop")],
    });
    expect(timelineOf(row).slice(-2)).toEqual([
      { kind: "cancel_requested", at: START + 120 },
      { kind: "cancelled", at: START + 140 },
    ]);
  });
});

describe("the effect ledger", () => {
  const intent = { token: "t-1", epoch: 1, at: START + 10, onUnknown: "review", what: "INV-1", to: "zoe@example.com" };
  const report = { jobId: "greeting-1", effect: "mail", messageId: "ses-1", eventType: "Send", at: START + 12 };
  const others = { ...report, effect: "copy" };

  it("says what was sent, to whom, when, and what the other side reported", () => {
    const receipt = { id: "ses-1", at: START + 11, source: "send" };
    const row = job("completed", { effects: { mail: { intent, receipt, earlier: [{ at: START + 1, epoch: 1 }] } } });
    expect(effectLedger(row, [report, { ...report, eventType: "Bounce", at: START + 90 }, others])).toEqual([
      {
        name: "mail",
        state: "done",
        what: "INV-1",
        to: "zoe@example.com",
        sentAt: START + 10,
        receipt,
        earlier: [{ at: START + 1, epoch: 1 }],
        reports: [
          { eventType: "Send", messageId: "ses-1", at: START + 12 },
          { eventType: "Bounce", messageId: "ses-1", at: START + 90 },
        ],
      },
    ]);
  });

  it.each([
    ["sending, while its own claim has the job", "processing", { epoch: 1, effects: { mail: { intent } } }, "sending"],
    ["unknown, for a later claim", "processing", { epoch: 2, effects: { mail: { intent } } }, "unknown"],
    ["unknown, when nobody has the job", "needs_review", { effects: { mail: { intent } } }, "unknown"],
    ["not sent, after a refusal", "retrying", { effects: { mail: {} } }, "not_sent"],
    [
      "not sent, when it is to be sent again",
      "pending",
      { effects: { mail: { ignoreReceiptsBefore: 1 } } },
      "not_sent",
    ],
  ] as const)("is %s", (_name, status, values, state) => {
    expect(effectLedger(job(status, values), [])).toMatchObject([{ name: "mail", state, earlier: [], reports: [] }]);
  });

  it("says until when a receipt is awaited, for the intent that the wait was made for", () => {
    const wait = { token: "t-1", until: START + 500 };
    const row = (token: string) => job("retrying", { effects: { mail: { intent: { ...intent, token }, wait } } });
    expect(effectLedger(row("t-1"), [])[0]).toMatchObject({ awaitedUntil: START + 500 });
    expect(effectLedger(row("t-2"), [])[0]).not.toHaveProperty("awaitedUntil");
  });
});
