import * as z from "zod";

import { storeDay, withDayRange } from "../contracts/analytics.ts";

/** Which days somebody asks for. */
export type OverviewQuery =
  | { readonly kind: "latest" }
  | { readonly kind: "day"; readonly day: string }
  | { readonly kind: "range"; readonly from: string; readonly to: string };

const parameters = withDayRange(
  z.strictObject({ date: storeDay.optional(), from: storeDay.optional(), to: storeDay.optional() }),
).refine(({ date, from }) => date === undefined || from === undefined, "give `date`, or `from` and `to`");

/**
 * Reads `?date=2026-03-01`, or `?from=2026-02-01&to=2026-02-28`, or nothing.
 *
 * @returns the question; or all that is wrong with it, without what was sent.
 */
export function overviewQueryOf(query: string): OverviewQuery | { readonly problems: readonly string[] } {
  const given = [...new URLSearchParams(query)];
  const names = given.map(([name]) => name);
  if (new Set(names).size < names.length) return { problems: ["give each of `date`, `from` and `to` once"] };
  // No prototype: a parameter may be called `__proto__`.
  const named: unknown = Object.assign(Object.create(null) as object, Object.fromEntries(given));
  const { data, error } = parameters.safeParse(named);
  if (error !== undefined) return { problems: error.issues.map(problemOf) };
  const { date, from, to } = data;
  if (date !== undefined) return { kind: "day", day: date };
  return from !== undefined && to !== undefined ? { kind: "range", from, to } : { kind: "latest" };
}

function problemOf({ code, path, message }: z.core.$ZodIssue): string {
  if (code === "unrecognized_keys") return "only `date`, `from` and `to` may be given";
  return path.length === 0 ? message : `${path.join(".")}: ${message}`;
}
