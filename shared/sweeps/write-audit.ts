import type { RecordStore } from "../ports/record-store.ts";
import { audits, type AuditEntry } from "../records/audit.ts";
import { derivedId } from "./derived-id.ts";

/**
 * Writes down what a sweep has changed, once for each action and subject, however often it is called.
 *
 * @param change `once` tells apart what may happen to a subject several times: the day of the expiry, say.
 */
export async function writeAudit(
  records: RecordStore,
  { once = "", ...entry }: Omit<AuditEntry, "auditId"> & { readonly once?: string },
): Promise<void> {
  const { action, subject } = entry;
  const parts = [action.replaceAll(".", "_"), subject.id, once].filter((part) => part !== "");
  await audits.create(records, { ...entry, auditId: derivedId(...parts) });
}
