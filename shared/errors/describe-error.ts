import { BacklineError } from "./backline-error.ts";

const LONGEST_MESSAGE = 500;
const LONGEST_CODE = 100;
// Good enough to keep addresses out of logs; it need not be a valid one to be hidden. The second half is optional so that a
// long text without any is read once: looked for as a whole, it would be read again from each of its characters.
const WORD_OR_EMAIL = /[^\s@<>"',;:()]+(@[^\s@<>"',;:()]+)?/g;

/** What is kept of an error: a stable code and a message without mail addresses, 500 characters at most. */
export interface ErrorDescription {
  readonly code: string;
  readonly message: string;
}

/** Describes whatever was thrown. Errors that are not ours are coded by their name (`TypeError`, `ThrottlingException`). */
export function describeError(thrown: unknown): ErrorDescription {
  if (thrown instanceof BacklineError) return { code: thrown.code, message: redact(thrown.message) };
  if (thrown instanceof Error)
    return {
      code: redact(textOf(thrown.name, "Error")).slice(0, LONGEST_CODE),
      message: redact(textOf(thrown.message, "")),
    };
  return { code: "NOT_AN_ERROR", message: `The handler threw a ${typeof thrown}, not an Error.` };
}

/** Whoever throws may have put anything into an error's properties; the row and the log take text only. */
function textOf(value: unknown, fallback: string): string {
  return typeof value === "string" && value !== "" ? value : fallback;
}

/** Hides mail addresses, makes one line of it without control characters, and cuts to 500 characters. */
export function redact(text: string): string {
  return hideAddresses(text)
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .slice(0, LONGEST_MESSAGE);
}

/** The stack trace (causes included) with mail addresses hidden. */
export function describeStack(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const own = hideAddresses(textOf(thrown.stack, textOf(thrown.message, "Error")));
  const cause = describeStack(thrown.cause);
  return cause === undefined ? own : `${own}\nCaused by: ${cause}`;
}

function hideAddresses(text: string): string {
  return text.replace(WORD_OR_EMAIL, (word, host?: string) => (host === undefined ? word : "<email>"));
}
