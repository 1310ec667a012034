import { expect, it } from "@jest/globals";

import { checkJob, expectCompleted, runJob } from "../../testing/index.ts"; // before the handler
import { handler } from "./handler.ts";

const payload = { orderId: "ord_1", text: "Paid, with thanks." };

it("stores the copy of a receipt", async () => {
  const run = await runJob(handler, payload);
  expectCompleted(run);
  expect(run.files).toHaveLength(1);
  expect(run.files[0]).toMatchObject({ bucket: "invoices", key: "copies/ord_1.txt", contentType: "text/plain" });
  expect(run.files[0]?.text()).toBe("Paid, with thanks.");
});

it("stores it once, wherever it crashes", async () => {
  await expect(checkJob(handler, payload)).resolves.toMatchObject({ resends: [] });
});
