import { PolicyStatement } from "aws-cdk-lib/aws-iam";

import { RECORDS_TABLE } from "../../shared/contracts/tables.ts";
import type { DataReferences } from "../stacks/data-stack.ts";

/** What the engine itself keeps in the records table, by kind. */
export const ENGINE_KINDS = {
  /** Receipts of effects: every worker looks up whether a mail went out before it sends again. */
  receipt: "receipt",
  /** The ledger of a schedule's occurrences: the worker writes down there what became of each. */
  schedule: "schedule",
  /** What is paused: a worker asks before it claims, the ticker before it sends permits. */
  pause: "pause",
  /** Slots of rate and concurrency limits. */
  limit: "limit",
  /** Which job a debounce key stands for until it runs. */
  debounce: "debounce",
  /** Whose turn it is among the tenants of a prioritised type. */
  lane: "lane",
} as const;

export const READ_RECORDS = ["dynamodb:GetItem", "dynamodb:Query"] as const;
export const WRITE_RECORDS = ["dynamodb:PutItem", "dynamodb:UpdateItem"] as const;
export const REMOVE_RECORDS = ["dynamodb:DeleteItem"] as const;
/** The engine's own short-lived records are single items: nobody lists them. */
const KEEP_ITEMS = ["dynamodb:GetItem", ...WRITE_RECORDS] as const;

export interface AllowedKinds {
  readonly sid: string;
  readonly actions: readonly (typeof READ_RECORDS | typeof WRITE_RECORDS | typeof REMOVE_RECORDS)[number][];
  readonly kinds: Iterable<string>;
}

/** Allows to read the lists of some kinds: an index's partitions begin with the kind, as the table's do. */
export function readLists({ recordsTable }: DataReferences, kinds: Iterable<string>): PolicyStatement {
  const indexes = Object.values(RECORDS_TABLE.indexes);
  return new PolicyStatement({
    sid: "ReadLists",
    actions: ["dynamodb:Query"],
    resources: indexes.map(({ name }) => `${recordsTable.arn}/index/${name}`),
    conditions: onlyKinds(kinds),
  });
}

// All actions always name a partition key, so `ForAllValues` never meets an empty set, which it would let pass.
const onlyKinds = (kinds: Iterable<string>) => ({
  "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [...kinds].map((kind) => `${kind}#*`) },
});

/** Allows actions on the records of some kinds only. */
export function allowKinds({ recordsTable }: DataReferences, allowed: AllowedKinds): PolicyStatement {
  return new PolicyStatement({
    sid: allowed.sid,
    actions: [...allowed.actions],
    resources: [recordsTable.arn],
    conditions: onlyKinds(allowed.kinds),
  });
}

/** The ledger, for the ticker: it looks for occurrences without a trace, and keeps how far it has looked. */
export function keepScheduleLedger(data: DataReferences): PolicyStatement {
  const actions = [...READ_RECORDS, ...WRITE_RECORDS];
  return allowKinds(data, { sid: "KeepScheduleLedger", actions, kinds: [ENGINE_KINDS.schedule] });
}

/** For the ticker, which sends no permits to what is paused. A worker reads pauses among its other records. */
export const readPauses = (data: DataReferences): PolicyStatement =>
  allowKinds(data, { sid: "ReadPauses", actions: ["dynamodb:GetItem"], kinds: [ENGINE_KINDS.pause] });

/** For the worker of a limited type: it takes a slot before it claims. */
export const keepLimits = (data: DataReferences): PolicyStatement =>
  allowKinds(data, { sid: "KeepLimits", actions: KEEP_ITEMS, kinds: [ENGINE_KINDS.limit] });

/** For whoever enqueues with a debounce key. */
export const keepDebounces = (data: DataReferences): PolicyStatement =>
  allowKinds(data, { sid: "KeepDebounces", actions: KEEP_ITEMS, kinds: [ENGINE_KINDS.debounce] });

/** For whoever gives jobs of a prioritised type their place. */
export const keepLanes = (data: DataReferences): PolicyStatement =>
  allowKinds(data, { sid: "KeepLanes", actions: KEEP_ITEMS, kinds: [ENGINE_KINDS.lane] });
