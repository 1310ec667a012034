import * as z from "zod";

import {
  currencyCode,
  emailAddress,
  identifier,
  localeTag,
  moment,
  singleLine,
  timeZone,
  webLink,
} from "../contracts/fields.ts";
import { phoneNumber } from "../contracts/phone-number.ts";
import type { RecordStore } from "../ports/record-store.ts";
import { RecordModel } from "./record-model.ts";

const tenant = z.object({
  tenantId: identifier,
  /** The store's name. */
  name: singleLine(200),
  /** Who is written to about the subscription. */
  email: emailAddress,
  phone: phoneNumber.optional(),
  locale: localeTag.optional(),
  /** Whose calendar decides the store's days, and where its people read the time. */
  timeZone,
  currency: currencyCode,
  /** Where the store is, such as `https://shop.example.com`; its pages are warmed there. */
  storeUrl: webLink.optional(),
  createdAt: moment,
});
/** A store on the platform. */
export type Tenant = z.infer<typeof tenant>;

/** All tenants are parts of one record, which is how they can be listed. */
const ALL = "all";

export const tenants = new RecordModel<Tenant>({
  kind: "tenant",
  schema: tenant,
  keyOf: ({ tenantId }) => tenantKey(tenantId),
});

export const tenantKey = (tenantId: string) => ({ id: ALL, part: tenantId });

/** A page of all tenants' ids, in their order; fewer than `limit` when there are no more. `after` is the last id before it. */
export async function listTenantIds(
  records: RecordStore,
  { after, limit }: { readonly after?: string | undefined; readonly limit: number },
): Promise<readonly string[]> {
  const listed = await records.list({ kind: "tenant", id: ALL }, after === undefined ? { limit } : { after, limit });
  return listed.map(({ part }) => part);
}
