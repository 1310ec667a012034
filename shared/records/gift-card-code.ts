import { createHash, randomBytes } from "node:crypto";

/** Crockford's base 32: without I, L and O, which look like 1 and 0, and without U, which makes words. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** 80 bits: guessing one of a million cards takes 10^18 tries. */
const CODE_BYTES = 10;
const DIGITS = /^[0-9A-HJKMNP-TV-Z]{16}$/;
/** Whatever people write between the groups: blanks, and every kind of dash. */
const BETWEEN_GROUPS = /[\s\p{Pd}\u2212\u200B\uFEFF]/gu;

/** A new code from the system's randomness, `K7QW-3M9X-PD2F-H6TZ`. */
export function newGiftCardCode(): string {
  let bits = BigInt(`0x${randomBytes(CODE_BYTES).toString("hex")}`);
  let digits = "";
  while (digits.length < (CODE_BYTES * 8) / 5) {
    digits = `${ALPHABET[Number(bits % 32n)]}${digits}`;
    bits /= 32n;
  }
  return grouped(digits);
}

/** A code as somebody typed it, written as on the card; `undefined` for what cannot be one. */
export function readGiftCardCode(text: string): string | undefined {
  if (text.length > 100) return undefined; // nobody types that
  const digits = text
    .normalize("NFKC")
    .replaceAll(BETWEEN_GROUPS, "")
    .toUpperCase()
    .replaceAll("O", "0")
    .replaceAll(/[IL]/g, "1");
  return DIGITS.test(digits) ? grouped(digits) : undefined;
}

/** What stands in keys for a code, and tells nobody what it is. */
export const giftCardCodeHash = (code: string): string => createHash("sha256").update(code).digest("hex");

const grouped = (digits: string): string => digits.replaceAll(/(.{4})(?=.)/g, "$1-");
