import type { BacklineClient } from "../../../client/index.ts";
import { email, smsMessage } from "../../../shared/catalog/messaging.ts";

export async function confirm(backline: BacklineClient): Promise<void> {
  // #region mail
  await backline.enqueue(
    email,
    { type: "order_confirmation", data: { orderId: "ord_42", email: "zoe@example.com" } },
    { idempotencyKey: "ord_42-confirmation" },
  );
  // #endregion
}

export async function remind(backline: BacklineClient): Promise<void> {
  // #region sms
  const variables = {
    name: "Zoë",
    service: "Portrait session",
    startsAt: "2026-12-01T18:30:00Z",
    timeZone: "Europe/Amsterdam",
  };
  await backline.enqueue(
    smsMessage,
    { to: "+31612345678", content: { template: "booking_reminder", variables } },
    { idempotencyKey: "booking_7-reminder" },
  );
  // #endregion
}
