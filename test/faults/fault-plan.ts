/**
 * What may happen to one call of a process to the world outside:
 *
 * | fault | the call | its process |
 * |---|---|---|
 * | `before` | is not made | dies |
 * | `after` | is done | dies before it gets the answer |
 * | `refused` | is not done | gets an error |
 * | `throttled` | is not done | gets the service's own "slow down" |
 * | `lost` | is done | gets an error instead of the answer |
 * | `again` | is done twice, as an AWS client does that got no answer | gets the second answer |
 * | `belated` | is done two seconds later | has got a time-out, and may have settled |
 * | `late` | is done after the lease has ended | has long got a time-out |
 * | `stall` | is made when the frozen process thaws, after the lease | frozen, then goes on |
 * | `freeze` | is done | frozen, gets the answer after the lease |
 */
export const FAULTS = [
  "before",
  "after",
  "refused",
  "throttled",
  "lost",
  "again",
  "belated",
  "late",
  "stall",
  "freeze",
] as const;
export type Fault = (typeof FAULTS)[number];

/** What the whole schedule runs in: calls in order or the newest first, an index that lags, clocks five minutes apart. */
export const ENVIRONMENTS = ["plain", "reorder", "lag", "skew+", "skew-"] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** One call, by its number in the schedule, and what happens to it; or at it: a person cancels the job. */
export interface Strike {
  readonly call: number;
  readonly fault: Fault | "cancel";
}

/** One planned run: everything that decides what happens in it. */
export interface Schedule {
  readonly subject: string;
  readonly strikes: readonly Strike[];
  /** The first message is delivered twice from the start, and again at each strike. */
  readonly isDuplicated: boolean;
  readonly environment: Environment;
}

/** The name by which `--replay` finds a schedule: `single:invoice_email:7:lost:dup:skew+`. */
export function nameOf({ subject, strikes, isDuplicated, environment }: Schedule): string {
  const mode = strikes.length > 1 ? "double" : "single";
  const struck = strikes.flatMap(({ call, fault }) => [String(call), fault]);
  return [mode, subject, ...struck, isDuplicated ? "dup" : "once", environment].join(":");
}

/** @throws Error when the text is not what `nameOf` gives. */
export function parseSchedule(name: string): Schedule {
  const [mode, subject = "", ...rest] = name.split(":");
  const environment = ENVIRONMENTS.find((each) => each === rest.at(-1));
  const delivery = rest.at(-2);
  const strikes = Array.from({ length: (rest.length - 2) / 2 }, (_, index) => ({
    call: Number(rest[2 * index]),
    fault: faultOf(rest[2 * index + 1]),
  }));
  const isKnown = (mode === "single" || mode === "double") && (delivery === "dup" || delivery === "once");
  if (!isKnown || environment === undefined || strikes.some(({ call }) => !(call > 0))) {
    throw new Error(`"${name}" is not a schedule. Example: single:invoice_email:7:lost:dup:skew+`);
  }
  return { subject, strikes, isDuplicated: delivery === "dup", environment };
}

function faultOf(text: string | undefined): Strike["fault"] {
  const fault = (["cancel", ...FAULTS] as const).find((each) => each === text);
  if (fault === undefined) throw new Error(`"${text}" is not a fault. Faults: cancel, ${FAULTS.join(", ")}.`);
  return fault;
}
