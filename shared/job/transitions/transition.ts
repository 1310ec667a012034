import { MOVES, type JobStatus, type MoveName } from "../job-state.ts";

/** Where a value lies in a job row: `["status"]`, `["effects", "mail"]`. */
export type Path = readonly [string, ...string[]];

/** One thing that must be true of the row for a write to happen. */
export type Clause =
  | { readonly path: Path; readonly is: "equal"; readonly to: string | number | boolean }
  | { readonly path: Path; readonly is: "oneOf"; readonly values: readonly string[] }
  | { readonly path: Path; readonly is: "atMost"; readonly to: number }
  | { readonly path: Path; readonly is: "absent" | "present" };

/** All of `all`, and, where `any` is given, all clauses of at least one of its lists. */
export interface Condition {
  readonly all: readonly Clause[];
  readonly any?: readonly (readonly Clause[])[];
}

/** What a write changes. `set` before `remove`; a path occurs once. */
export interface Changes {
  readonly set: readonly { readonly path: Path; readonly value: unknown }[];
  readonly add: readonly { readonly path: Path; readonly by: number }[];
  readonly remove: readonly Path[];
}

/**
 * A change of one job row as a pure value. A store renders it as one conditional write; nothing here knows a database.
 * `to` is the status after it; without `to` the status stays.
 */
export interface Transition {
  readonly name: string;
  readonly to?: JobStatus;
  readonly condition: Condition;
  readonly changes: Changes;
}

export const equal = (name: string, to: string | number | boolean): Clause => ({ path: [name], is: "equal", to });
export const atMost = (name: string, to: number): Clause => ({ path: [name], is: "atMost", to });
export const absent = (name: string): Clause => ({ path: [name], is: "absent" });
export const statusIn = (...values: readonly JobStatus[]): Clause => ({ path: ["status"], is: "oneOf", values });

/** Changes by name: a value sets it, `undefined` removes it. */
export function assign(values: Readonly<Record<string, unknown>>): Changes {
  const entries = Object.entries(values);
  return {
    set: entries.filter(([, value]) => value !== undefined).map(([name, value]) => ({ path: [name], value })),
    add: [],
    remove: entries.filter(([, value]) => value === undefined).map(([name]) => [name]),
  };
}

export const increment = (name: string, by: number): Changes => ({
  set: [],
  add: [{ path: [name], by }],
  remove: [],
});

export function mergeChanges(...parts: readonly Changes[]): Changes {
  return {
    set: parts.flatMap((part) => part.set),
    add: parts.flatMap((part) => part.add),
    remove: parts.flatMap((part) => part.remove),
  };
}

export const NO_CHANGES: Changes = { set: [], add: [], remove: [] };

/** A transition along one of the state table's moves: prior and next status come from the table. */
export function move(
  name: MoveName,
  parts: { readonly condition?: readonly Clause[]; readonly changes: Changes },
): Transition {
  const { from, to } = MOVES[name];
  return {
    name,
    to,
    condition: { all: [statusIn(...from), ...(parts.condition ?? [])] },
    changes: mergeChanges(assign({ status: to }), parts.changes),
  };
}
