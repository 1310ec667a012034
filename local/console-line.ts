import * as z from "zod";

import type { LogLine } from "./host/function-logs.ts";

const structuredLine = z.looseObject({ level: z.string(), message: z.unknown() });
type StructuredLine = z.output<typeof structuredLine>;

/** Fields of a structured line that say nothing to somebody who watches: the line shows who, when and how bad already. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  "level",
  "message",
  "timestamp",
  "service",
  "sampling_rate",
  "xray_trace_id",
  "cold_start",
  "function_arn",
  "function_memory_size",
  "function_name",
  "function_request_id",
  "errorCode", // `failure` has it, too
]);

const LONGEST_VALUE = 120;
/** Frames shown of each error in a chain: a bundle's few own ones, without all of Node's below them. */
const MOST_FRAMES = 4;
/** As wide as the time, so that a stack stands under its function's name. */
const INDENT = " ".repeat(10);

/** `failure` of our own log (a code), `error` of the host and of Powertools' logger (a name). */
const failureField = z.looseObject({
  code: z.string().optional(),
  name: z.string().optional(),
  message: z.string(),
  stack: z.string().optional(),
});
type Failure = z.output<typeof failureField>;

/**
 * What a person sees of a line: time, function, level, message and the few fields that matter; why something failed, with
 * a short stack below. Undefined for a metric (CloudWatch's embedded metric format), which is for programs.
 */
export function consoleLine({ at, functionName, text }: LogLine): string | undefined {
  const json = parseObject(text);
  if (json !== undefined && "_aws" in json) return undefined;
  const time = at.toTimeString().slice(0, 8);
  const [first = "", ...below] = describe(text, structuredLine.safeParse(json).data);
  const head = `${time}  ${functionName.padEnd(26)} ${first}`;
  return [head, ...below.map((line) => INDENT + line)].map(printable).join("\n");
}

function parseObject(text: string): object | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function describe(text: string, line: StructuredLine | undefined): string[] {
  if (line === undefined) return [text];
  const { level, message, ...others } = line;
  const fields = Object.entries(others).filter(([name, value]) => !LEFT_OUT.has(name) && typeof value !== "object");
  const rest = fields.map(([name, value]) => `${name}=${String(value).slice(0, LONGEST_VALUE)}`);
  const failure = failureField.safeParse(line["failure"] ?? line["error"]).data;
  const why = failure === undefined ? [] : [`${failure.code ?? failure.name ?? "Error"}: ${failure.message}`];
  return [[level.toUpperCase().padEnd(5), asText(message), ...rest, ...why].join(" "), ...stackOf(failure)];
}

/** An error of ours says all in its message, so only what caused it is shown; of any other, where it comes from, too. */
function stackOf({ code, stack = "" }: Partial<Failure> = {}): string[] {
  const [own = "", ...causes] = stack.split(/\n(?=Caused by: )/);
  const isOurs = code !== undefined && /^[A-Z][A-Z0-9_]*$/.test(code);
  return [
    ...(isOurs ? [] : frames(own)),
    ...causes.flatMap((cause) => [cause.split("\n", 1).join(""), ...frames(cause)]),
  ];
}

function frames(stack: string): string[] {
  const lines = stack.split("\n").map((line) => line.trim());
  return lines.filter((line) => line.startsWith("at ") && !line.includes("node:internal")).slice(0, MOST_FRAMES);
}

const asText = (message: unknown): string => (typeof message === "string" ? message : JSON.stringify(message));

/** A job's data must not drive the terminal: control characters are shown as `?`. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- that is what it looks for
  return text.replaceAll(/[\u0000-\u001F\u007F-\u009F]/g, "?");
}
