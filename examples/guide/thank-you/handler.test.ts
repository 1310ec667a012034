// #region test
import { expect, it } from "@jest/globals";

import { checkJob, expectMail, runJob } from "../../../testing/index.ts"; // before the handler
import { suppress } from "../../../shared/records/suppression.ts";
import { recipientIdOf } from "../../../shared/contracts/recipient-id.ts";
import { MemoryRecordStore } from "../../../test/support/memory-record-store.ts";
import { handler } from "./handler.ts";

const payload = { visitId: "visit_1", name: "Zoë", email: "zoe@example.com" };

it("thanks in the seller's looks", async () => {
  const run = await runJob(handler, payload);
  expect(expectMail(run, { to: "zoe@example.com" }).text).toContain("It was good to have you in the studio.");
});

it("survives a crash, wherever it comes", async () => {
  const { resends } = await checkJob(handler, payload);
  expect(resends).toEqual([]);
});
// #endregion

it("says why nobody got it when the address has bounced", async () => {
  const id = recipientIdOf("zoe@example.com");
  const listed = new MemoryRecordStore();
  await suppress(listed, id, { scope: "all", reason: "hard_bounce", at: "2026-01-01T00:00:00Z" });
  const body = (await listed.get({ kind: "suppression", id }))?.body ?? {};
  const run = await runJob(handler, payload, { records: [{ kind: "suppression", id, body }] });
  expect(run).toMatchObject({ status: "completed", mails: [], result: { notSent: "hard_bounce" } });
});
