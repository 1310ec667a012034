/**
 * What the mail service does with a mail, or the messages' provider with a message:
 *
 * | outcome | the mail | the handler |
 * |---|---|---|
 * | `sent` | goes out | gets its id |
 * | `throttled` | does not | knows that; another attempt may do it |
 * | `rejected` | does not | knows that; no attempt can help |
 * | `lost` | goes out | gets an error: nobody knows, until the service reports the mail |
 * | `timeout` | does not | gets an error: nobody knows |
 */
export const MAIL_OUTCOMES = ["sent", "throttled", "rejected", "lost", "timeout"] as const;
export type MailOutcome = (typeof MAIL_OUTCOMES)[number];

/** Outcomes in the order of the attempts (what comes after the last one is sent), or what decides for each. */
export type OutcomePlan<Attempt> = readonly MailOutcome[] | ((attempt: Attempt) => MailOutcome | undefined);

/**
 * What a plan has for an attempt, the `number`th of its run.
 *
 * @param onProblem hears of a plan that makes no sense.
 */
export function outcomeOf<Attempt extends { readonly number: number }>(
  plan: OutcomePlan<Attempt>,
  attempt: Attempt,
  onProblem: (problem: string) => void,
): MailOutcome {
  const outcome = typeof plan === "function" ? plan(attempt) : plan[attempt.number - 1];
  if (outcome === undefined || MAIL_OUTCOMES.includes(outcome)) return outcome ?? "sent";
  const known = MAIL_OUTCOMES.join(", ");
  onProblem(`"${outcome as string}" is not what can become of a mail or a message. Choose of ${known}.`);
  return "sent";
}
