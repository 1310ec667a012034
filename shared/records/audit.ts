import * as z from "zod";

import { identifier, moment, singleLine } from "../contracts/fields.ts";
import { RecordModel } from "./record-model.ts";

const auditEntry = z.object({
  auditId: identifier,
  at: moment,
  /** Who did it: a user's id, or the job type that did. */
  actor: singleLine(200),
  /** What was done: `booking.cancelled`. */
  action: singleLine(100),
  /** To what: kind and id of a record. */
  subject: z.object({ kind: identifier, id: z.string().min(1).max(300) }),
  /** Critical ones are kept for good. */
  severity: z.enum(["info", "warning", "critical"]).default("info"),
  details: z.record(z.string().max(60), z.union([z.string().max(500), z.number(), z.boolean()])).default({}),
});
/** Who did what to which record. Ids only, no personal data. */
export type AuditEntry = z.infer<typeof auditEntry>;

/** All but the critical ones, by their time. */
export const AUDIT_LISTS = { ordinary: { index: "gsi1", list: "ordinary" } } as const;

export const audits = new RecordModel<AuditEntry>({
  kind: "audit",
  schema: auditEntry,
  keyOf: ({ auditId }) => ({ id: auditId }),
  listsOf: ({ severity, at }) => (severity === "critical" ? {} : { gsi1: { list: "ordinary", at: Date.parse(at) } }),
});
