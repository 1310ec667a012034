import type { BulkOperation } from "../shared/engine/control/bulk-operation.ts";
import type { BulkPlan } from "../shared/engine/control/plan-bulk.ts";
import { counted } from "../shared/engine/insight/time-text.ts";
import { plain } from "./layout.ts";

/** A dry run's findings, line by line. */
export function describePlan({ jobs, isMore, byType, byStatus, byErrorCode, stepsDone, effects }: BulkPlan): string[] {
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([name, count]) => `${plain(name)} ${count}`)
      .join(", ");
  const all = [
    ["by type", list(byType)],
    ["by status", list(byStatus)],
    ["by error code", list(byErrorCode)],
    ["steps", stepsDone === 0 ? "" : `${stepsDone} are done and not run again`],
    ...effects.map((plan) => [`effect ${plain(plan.effect)}`, describeEffect(plan)]),
  ];
  const lines = all.filter(([, text]) => text !== "").map(([label = "", text]) => `  ${label.padEnd(15)} ${text}`);
  return [`Matching: ${isMore ? "more than " : ""}${counted(jobs, "job")}.`, ...lines];
}

function describeEffect({ type, done, mayRepeat, mayNeedReview, notDone }: BulkPlan["effects"][number]): string {
  const parts = [
    [done, "done, not repeated"],
    [mayRepeat, "sent perhaps: repeated if no receipt is found"],
    [mayNeedReview, "sent perhaps: wait for a person if no receipt is found"],
    [notDone, "not done"],
  ] as const;
  const told = parts.filter(([count]) => count > 0).map(([count, text]) => `${count} ${text}`);
  return `${told.join("; ")} (${type})`;
}

/** How far an operation is, in one line. */
export function describeCounts({ counts: { matched, ...results }, lettersRemoved }: BulkOperation): string {
  const told = Object.entries(results).filter(([, count]) => count > 0);
  const parts = [`${matched} matched`, ...told.map(([name, count]) => `${count} ${name}`)];
  return `${parts.join(", ")}${lettersRemoved > 0 ? `; ${counted(lettersRemoved, "dead letter")} removed` : ""}.`;
}
