import type { InterceptedRequest, Verdict } from "../../../local/front/interception.ts";

/** What happens to calls of SES, one kind after the other. */
const TROUBLES: readonly { readonly name: string; readonly verdict: Verdict }[] = [
  {
    name: "failed",
    verdict: { error: { status: 500, code: "InternalFailure", message: "The request failed by an internal error." } },
  },
  { name: "lost", verdict: "lose-response" },
  {
    name: "throttled",
    verdict: { error: { status: 400, code: "Throttling", message: "Maximum sending rate exceeded." } },
  },
];

export interface TroubleOptions {
  /** Sends, counted from 1, that meet a trouble: each kind in turn. */
  readonly troubleAt: readonly number[];
  /** Sends at which the function's process is killed: in turn before SES takes the mail, and after. */
  readonly killAt: readonly number[];
}

/** Of a broadcast to so many: 1 % of its sends, evenly in the first 60 %, so that a check does not end with a long wait. */
export const sendsInTrouble = (recipients: number): number[] =>
  Array.from({ length: Math.ceil(recipients / 100) }, (_, index) => (index + 1) * 60);

/** Lets SES fail, answers get lost, and processes die, by the number of the send. */
export class Trouble {
  readonly counts: Record<string, number> = {};
  readonly #options: TroubleOptions;
  #sends = 0;

  constructor(options: TroubleOptions) {
    this.#options = options;
  }

  readonly decide = ({ service, operation, functionName }: InterceptedRequest): Verdict => {
    if (service !== "ses" || operation !== "SendRawEmail" || !functionName.includes("broadcast_page")) return "pass";
    this.#sends += 1;
    const { troubleAt, killAt } = this.#options;
    const kill = killAt.indexOf(this.#sends);
    if (kill >= 0) return this.#counted("killed", kill % 2 === 0 ? "drop-before" : "kill-after");
    const trouble = TROUBLES[troubleAt.indexOf(this.#sends) % TROUBLES.length];
    return trouble === undefined ? "pass" : this.#counted(trouble.name, trouble.verdict);
  };

  #counted(name: string, verdict: Verdict): Verdict {
    this.counts[name] = (this.counts[name] ?? 0) + 1;
    return verdict;
  }
}
