import * as z from "zod";

import { identifier, moment, singleLine } from "../contracts/fields.ts";
import { RecordModel } from "./record-model.ts";

const supportAttachment = z
  .object({
    tenantId: identifier,
    attachmentId: identifier,
    /** Of the file in the `attachments` bucket: `shop_1/at_1.pdf`, in its tenant's folder. */
    fileKey: z.string().regex(/^[A-Za-z0-9_./-]{1,300}$/, "may hold A-Z, a-z, 0-9, _ . / and -, 300 at most"),
    createdAt: moment,
  })
  // The file is deleted with the record: a key that leads elsewhere would delete somebody else's.
  .refine(({ tenantId, fileKey }) => isWithin(tenantId, fileKey), {
    path: ["fileKey"],
    message: "must be `<tenantId>/…`, with no part that is empty, `.` or `..`",
  });
/** A file that somebody has sent to a store's support. */
export type SupportAttachment = z.infer<typeof supportAttachment>;

function isWithin(folder: string, key: string): boolean {
  const [first, ...rest] = key.split("/");
  return first === folder && rest.length > 0 && rest.every((part) => !["", ".", ".."].includes(part));
}

/** All of them, by creation. */
export const SUPPORT_ATTACHMENT_LISTS = { all: { index: "gsi1", list: "all" } } as const;

export const supportAttachments = new RecordModel<SupportAttachment>({
  kind: "support_attachment",
  schema: supportAttachment,
  keyOf: ({ tenantId, attachmentId }) => ({ id: tenantId, part: attachmentId }),
  listsOf: ({ createdAt }) => ({ gsi1: { list: "all", at: Date.parse(createdAt) } }),
});

const storeLog = z.object({
  tenantId: identifier,
  logId: identifier,
  at: moment,
  level: z.enum(["debug", "info", "warning", "error"]),
  message: singleLine(2_000),
});
/** A line of a store's log. */
export type StoreLog = z.infer<typeof storeLog>;

/** All of them, by their time. */
export const STORE_LOG_LISTS = { all: { index: "gsi1", list: "all" } } as const;

export const storeLogs = new RecordModel<StoreLog>({
  kind: "store_log",
  schema: storeLog,
  keyOf: ({ tenantId, logId }) => ({ id: tenantId, part: logId }),
  listsOf: ({ at }) => ({ gsi1: { list: "all", at: Date.parse(at) } }),
});
