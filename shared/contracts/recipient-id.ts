import { createHash } from "node:crypto";

/** 160 bits: no two addresses share one. */
const ID_LENGTH = 40;

/**
 * Names a mail's recipient where no address may stand: in queues, SES tags, links and the ids of records. The same for the
 * address in capitals or with spaces around it, as mail servers tell no such two apart.
 */
export const recipientIdOf = (address: string): string =>
  createHash("sha256").update(address.trim().toLowerCase()).digest("hex").slice(0, ID_LENGTH);
