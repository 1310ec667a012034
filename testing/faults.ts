import { TestKitError } from "./kit-error.ts";

/**
 * What happens at one call to the world outside:
 *
 * | fault | the call | the process |
 * |---|---|---|
 * | `crash before` | is not made | dies |
 * | `crash after` | is done | dies before it gets the answer |
 * | `refused` | is not done | gets an error |
 * | `answer lost` | is done | gets an error instead of the answer |
 */
export const FAULT_KINDS = ["crash before", "crash after", "refused", "answer lost"] as const;
/** What happens at a call; see `FAULT_KINDS`. */
export type FaultKind = (typeof FAULT_KINDS)[number];

/** One fault, at the `nth` call of that name: `mailer.send`, `files.putOnce`, `records.create(order)`, `effect.send(mail)`. */
export interface Fault {
  /** As `run.calls` lists it; without the brackets, any of them. */
  readonly call: string;
  /** 1 is the first, and the default. */
  readonly nth?: number;
  readonly kind: FaultKind;
}

/** The process dies before its `nth` call of that name: `crashBefore("mailer.send")`. */
export const crashBefore = (call: string, nth = 1): Fault => ({ call, nth, kind: "crash before" });
/** The process dies when the call is done, before it knows. */
export const crashAfter = (call: string, nth = 1): Fault => ({ call, nth, kind: "crash after" });
/** The call is not done, and throws. */
export const refuse = (call: string, nth = 1): Fault => ({ call, nth, kind: "refused" });
/** The call is done, and throws all the same. */
export const loseAnswer = (call: string, nth = 1): Fault => ({ call, nth, kind: "answer lost" });

/** Decides about each call of a worker, counted from 1 over all names. */
export type FaultPlan = (name: string, number: number) => FaultKind | undefined;

/** The plan of some faults, and those of them whose calls have not come. */
export function planOf(faults: readonly Fault[]): { readonly plan: FaultPlan; readonly unmet: () => readonly Fault[] } {
  const left = faults.map((fault) => ({ fault, countdown: fault.nth ?? 1 }));
  const wrong = left.find(({ countdown }) => !(Number.isInteger(countdown) && countdown >= 1));
  if (wrong !== undefined) throw new TestKitError(`The \`nth\` of a fault counts from 1; it is ${wrong.countdown}.`);
  const plan: FaultPlan = (name) => {
    const named = left.filter(({ fault: { call } }) => name === call || name.startsWith(`${call}(`));
    for (const each of named) each.countdown -= 1;
    return named.find(({ countdown }) => countdown === 0)?.fault.kind;
  };
  return { plan, unmet: () => left.filter(({ countdown }) => countdown > 0).map(({ fault }) => fault) };
}
