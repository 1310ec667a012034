import * as z from "zod";

import { storeMoment } from "../contracts/analytics.ts";
import { identifier } from "../contracts/fields.ts";
import { RecordModel } from "./record-model.ts";

const storeCustomer = z.object({
  tenantId: identifier,
  customerId: identifier,
  createdAt: storeMoment,
});
/** A customer of a tenant's store, as far as analytics need one: no personal data. */
export type StoreCustomer = z.infer<typeof storeCustomer>;

/** The customers of one tenant, by creation. */
export const storeCustomerList = (tenantId: string) => ({ index: "gsi1", list: tenantId }) as const;

export const storeCustomers = new RecordModel<StoreCustomer>({
  kind: "store_customer",
  schema: storeCustomer,
  keyOf: ({ tenantId, customerId }) => ({ id: tenantId, part: customerId }),
  listsOf: ({ tenantId, createdAt }) => ({ gsi1: { list: tenantId, at: Date.parse(createdAt) } }),
});
