import type { RecordStore } from "../../../shared/ports/record-store.ts";
import { recipientIdOf, suppress } from "../../../shared/records/suppression.ts";

/** An audience with all that audiences have: some who must not be mailed, some twice, some rows that are not right. */
export interface TestAudience {
  readonly csv: string;
  /** Who is to get exactly one mail; lower case. */
  readonly expected: readonly string[];
  /** Who is on the suppression list, and must get none. */
  readonly suppressed: readonly string[];
}

/** One in so many is on the suppression list; half of them have unsubscribed, the others' addresses bounced. */
const SUPPRESSED_EVERY = 25;
/** One in so many comes again, in capitals. */
const TWICE_EVERY = 40;

export function testAudience(count: number): TestAudience {
  const people = Array.from({ length: count }, (_, number) => `reader${String(number).padStart(6, "0")}@example.com`);
  const isSuppressed = (_: string, number: number): boolean => number % SUPPRESSED_EVERY === 3;
  const rows = people.map((email, number) => `${email},"Reader ""${number}""",${number % 2 === 0 ? "en" : "de-DE"}`);
  const twice = people.filter((_, number) => number % TWICE_EVERY === 5).map((email) => `${email.toUpperCase()},,`);
  return {
    csv: `\uFEFFemail,name,locale\r\n${[...rows, ...twice, "not an address,,"].join("\r\n")}\r\n`,
    suppressed: people.filter(isSuppressed),
    expected: people.filter((email, number) => !isSuppressed(email, number)),
  };
}

export async function suppressAll(records: RecordStore, { suppressed }: TestAudience): Promise<void> {
  const at = "2026-01-01T00:00:00.000Z";
  for (const [index, email] of suppressed.entries()) {
    const entry =
      index % 2 === 0
        ? ({ scope: "marketing", reason: "unsubscribed", at } as const)
        : ({ scope: "all", reason: "hard_bounce", at } as const);
    await suppress(records, recipientIdOf(email), entry);
  }
}
