import * as z from "zod";

import { identifier, moment } from "../contracts/fields.ts";
import { RecordModel } from "./record-model.ts";

// What is of no use after its time, whether or not a sweep has come by: every reader looks at `validUntil` itself.

/** By the end of their validity. */
export const SHORT_LIVED_LISTS = { all: { index: "gsi1", list: "all" } } as const;

const byValidity = ({ validUntil }: { readonly validUntil: string }) => ({
  gsi1: { list: "all", at: Date.parse(validUntil) },
});

/** A hash of what the person was given: the table never holds a code or token that anybody could use. */
const hash = z.string().regex(/^[0-9a-f]{40,128}$/, "must be a hash in hex");

const oneTimeCode = z.object({
  codeHash: hash,
  /** Whose it is: a hash of the address or number. */
  recipient: hash,
  validUntil: moment,
  usedAt: moment.optional(),
});
/** A code that somebody types in once. */
export type OneTimeCode = z.infer<typeof oneTimeCode>;
export const oneTimeCodes = new RecordModel<OneTimeCode>({
  kind: "one_time_code",
  schema: oneTimeCode,
  keyOf: ({ codeHash }) => ({ id: codeHash }),
  listsOf: byValidity,
});

const session = z.object({
  sessionHash: hash,
  tenantId: identifier,
  userId: identifier.optional(),
  validUntil: moment,
});
/** A visitor's session in a store. */
export type Session = z.infer<typeof session>;
export const sessions = new RecordModel<Session>({
  kind: "session",
  schema: session,
  keyOf: ({ sessionHash }) => ({ id: sessionHash }),
  listsOf: byValidity,
});

const passwordResetToken = z.object({ tokenHash: hash, tenantId: identifier, userId: identifier, validUntil: moment });
/** Leave to set a new password. */
export type PasswordResetToken = z.infer<typeof passwordResetToken>;
export const passwordResetTokens = new RecordModel<PasswordResetToken>({
  kind: "password_reset_token",
  schema: passwordResetToken,
  keyOf: ({ tokenHash }) => ({ id: tokenHash }),
  listsOf: byValidity,
});
