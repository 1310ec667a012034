import { ENVIRONMENTS, FAULTS, type Environment, type Fault, type Schedule, type Strike } from "./fault-plan.ts";
import { runSchedule } from "./run-schedule.ts";
import type { Subject } from "./subject.ts";

/** What cannot happen to a mail or a message: its client never asks twice, and gives up before its process does. */
const ONCE_ONLY: ReadonlySet<string> = new Set(["again", "belated", "late"] satisfies Fault[]);

/** Whether a fault can happen to a call at all. */
export function canMeet(call: string, fault: Fault | "cancel"): boolean {
  const isSent = /\b(?:mailer|messenger)\.send$/.test(call);
  return !(isSent && ONCE_ONLY.has(fault));
}

const STRIKES = [...FAULTS, "cancel"] as const;

/**
 * Every call of a subject × every fault × with and without a duplicate delivery. Of the environments each gets one in
 * turn, so that every fault meets each of them at some call; or all of them. Of long subjects, a duplicate delivery has
 * its turn as well.
 */
export async function* singleFaults(subject: Subject, environments: "in turn" | "all"): AsyncGenerator<Schedule> {
  for (const isDuplicated of [false, true]) {
    for (const [index, environment] of ENVIRONMENTS.entries()) {
      const bare = { subject: subject.name, isDuplicated, environment };
      yield { ...bare, strikes: [] };
      const { calls } = await runSchedule(subject, { ...bare, strikes: [] });
      for (const { strike, turn } of strikesOf(calls)) {
        const isItsDelivery =
          subject.isLong !== true || Math.floor(turn / ENVIRONMENTS.length) % 2 === Number(isDuplicated);
        const isItsTurn = isItsDelivery && (turn + (isDuplicated ? 2 : 0)) % ENVIRONMENTS.length === index;
        if (environments === "all" || isItsTurn) yield { ...bare, strikes: [strike] };
      }
    }
  }
}

function strikesOf(calls: readonly string[]): { readonly strike: Strike; readonly turn: number }[] {
  const tedious = tediousTicks(calls);
  return calls.flatMap((call, index) =>
    tedious.has(processOf(call))
      ? []
      : STRIKES.filter((fault) => canMeet(call, fault)).map((fault, kind) => ({
          strike: { call: index + 1, fault },
          turn: index + kind,
        })),
  );
}

/** Ticks between others that, like them, find nothing to do: what breaks in one of them has broken in the first and the last. */
function tediousTicks(calls: readonly string[]): ReadonlySet<string> {
  const names = [...new Set(calls.map(processOf))];
  const busy = new Set(calls.filter((call) => / queue\.sendTick| store\.apply/.test(call)).map(processOf));
  const isIdle = (name: string | undefined) => name?.startsWith("ticker ") === true && !busy.has(name);
  return new Set(names.filter((name, index) => [names[index - 1], name, names[index + 1]].every(isIdle)));
}

/** `invoice_email 3` of `invoice_email 3 store.apply(claim)`. */
const processOf = (call: string): string => call.split(" ", 2).join(" ");

/** Every pair of faults: the second at each call that is made once the first has happened. */
export async function* doubleFaults(subject: Subject, environment: Environment = "plain"): AsyncGenerator<Schedule> {
  for (const isDuplicated of [false, true]) {
    const bare = { subject: subject.name, isDuplicated, environment };
    const { calls } = await runSchedule(subject, { ...bare, strikes: [] });
    for (const { strike: first } of strikesOf(calls)) {
      const { calls: after } = await runSchedule(subject, { ...bare, strikes: [first] });
      for (const { strike: second } of strikesOf(after)) {
        if (second.call > first.call) yield { ...bare, strikes: [first, second] };
      }
    }
  }
}
