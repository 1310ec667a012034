/** An answer with which the stand-in refuses a message. */
export interface Refusal {
  readonly status: number;
  readonly code: number;
  readonly message: string;
}

const refusal = (code: number, message: string): Refusal => ({ status: 400, code, message });

/** Twilio's magic numbers, by what they do as a recipient. Source: twilio.com/docs/iam/test-credentials. */
const REFUSED_RECIPIENTS: Readonly<Record<string, Refusal>> = {
  "+15005550001": refusal(21211, "The 'To' number is not a valid phone number."),
  "+15005550002": refusal(21612, "The message cannot be sent with this combination of 'To' and 'From'."),
  "+15005550003": refusal(21408, "Permission to send to this region has not been enabled."),
  "+15005550004": refusal(21610, "Attempt to send to an unsubscribed recipient."),
  "+15005550009": refusal(21614, "The 'To' number is not a mobile number."),
};

/** The same numbers as a sender; all others may send here. */
const REFUSED_SENDERS: Readonly<Record<string, Refusal>> = {
  "+15005550001": refusal(21212, "The 'From' number is not a valid phone number."),
  "+15005550007": refusal(21606, "The 'From' number is not owned by the account or cannot send."),
  "+15005550008": refusal(21611, "The 'From' number has too many messages queued."),
};

/** How a message ends that was taken. */
export interface Ending {
  readonly status: "delivered" | "undelivered" | "failed";
  readonly errorCode?: number;
}

/** Our own addition: recipients that are taken and then not reached. Twilio has no such numbers. */
const LOST_RECIPIENTS: Readonly<Record<string, Ending>> = {
  "+15005550007": { status: "undelivered", errorCode: 30005 },
  "+15005550008": { status: "failed", errorCode: 30008 },
};

export const refusalOf = (from: string, to: string): Refusal | undefined =>
  REFUSED_RECIPIENTS[to] ?? REFUSED_SENDERS[from];

export const endingOf = (to: string): Ending => LOST_RECIPIENTS[to] ?? { status: "delivered" };

/** What the numbers do, for the page. */
export const MAGIC_NUMBERS: readonly (readonly [number: string, fate: string])[] = [
  ...Object.entries(REFUSED_RECIPIENTS).map(
    ([to, { code, message }]) => [to, `refused with ${code}: ${message}`] as const,
  ),
  ...Object.entries(LOST_RECIPIENTS).map(
    ([to, { status, errorCode = 0 }]) => [to, `taken, then ${status} with ${errorCode}`] as const,
  ),
];

/** A failure on command: an answer, a taken message whose answer is lost, or one that is not taken and never answered. */
export type Failure = { readonly status: number; readonly code: number } | "lost" | "timeout";
export type FailNext = { readonly times: number; readonly status: number; readonly code: number } | "lost" | "timeout";

/** Failures that are still to come. */
export class PlannedFailures {
  readonly #planned: Failure[] = [];

  /** The next sends fail so. */
  plan(failNext: FailNext): void {
    if (typeof failNext === "string") this.#planned.push(failNext);
    else for (let time = 0; time < failNext.times; time += 1) this.#planned.push(failNext);
  }

  get count(): number {
    return this.#planned.length;
  }

  take(): Failure | undefined {
    return this.#planned.shift();
  }
}
