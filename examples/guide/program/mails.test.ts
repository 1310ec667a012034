import { expect, it } from "@jest/globals";

import type { BacklineClient } from "../../../client/index.ts";
import { confirm, remind } from "./mails.ts";

/** A client that checks what it is asked for, and keeps it. */
function keepingClient() {
  const asked: { readonly type: string; readonly payload: unknown; readonly key: unknown }[] = [];
  const client: Pick<BacklineClient, "enqueue"> = {
    enqueue: (definition, payload, options) => {
      asked.push({ type: definition.type, payload: definition.payload.parse(payload), key: options?.idempotencyKey });
      return Promise.resolve({ id: `${definition.type}-1`, isNew: true });
    },
  };
  return { asked, client: client as BacklineClient }; // of which the examples use no more
}

it("hands in mails and messages that their schemas take", async () => {
  const { asked, client } = keepingClient();
  await confirm(client);
  await remind(client);
  expect(asked).toMatchObject([
    { type: "email", key: "ord_42-confirmation", payload: { type: "order_confirmation" } },
    { type: "sms_message", key: "booking_7-reminder", payload: { to: "+31612345678" } },
  ]);
});
