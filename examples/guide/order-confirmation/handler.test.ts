// #region first
import { expect, it } from "@jest/globals";

import { checkJob, crashAfter, expectCompleted, expectMail, runJob } from "../../../testing/index.ts"; // before the handler
import { handler } from "./handler.ts";

const payload = { orderId: "ord_1", email: "zoe@example.com" };
const records = [{ kind: "order", id: "ord_1", body: { total: "€223.85" } }];

it("mails the buyer what the order comes to", async () => {
  const run = await runJob(handler, payload, { records });
  expectCompleted(run);
  expect(expectMail(run, { to: "zoe@example.com" }).text).toContain("€223.85 in all");
});
// #endregion

// #region unhappy
it("fails at once for an order that there is not", async () => {
  const run = await runJob(handler, payload);
  expect(run).toMatchObject({ status: "failed", attempts: 1, error: { code: "UNKNOWN_ORDER" }, deadLetters: 1 });
  expect(run.mails).toEqual([]);
});

it("is tried again while SES is busy", async () => {
  const run = await runJob(handler, payload, { records, mail: ["throttled", "throttled", "sent"] });
  expect(run).toMatchObject({ status: "completed", endings: ["retry", "retry", "complete"] });
  expect(run.durationMs).toBeGreaterThanOrEqual(30_000); // 5 s and 25 s
});
// #endregion

// #region crash
it("sends one mail, also when the process dies right after the send", async () => {
  const run = await runJob(handler, payload, { records, faults: [crashAfter("mailer.send")] });
  expect(run.effects["mail"]).toMatchObject({ state: "done", sends: 1, receiptFrom: "found" });
  expect(run.mails).toHaveLength(1);
});
// #endregion

// #region check
it("survives a crash, wherever it comes", async () => {
  const { resends } = await checkJob(handler, payload, { records }); // throws with all that a crash changes, and where
  expect(resends).toEqual([]);
});
// #endregion
