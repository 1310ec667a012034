import * as z from "zod";

import type { LogLine } from "./host/function-logs.ts";

const structuredLine = z.looseObject({ level: z.string(), message: z.unknown() });

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
  "error",
]);

const LONGEST_VALUE = 120;
const errorField = z.looseObject({ name: z.string().optional(), message: z.string().optional() });

/** One line for a person: time, function, level, message and the few fields that matter. */
export function consoleLine({ at, functionName, text }: LogLine): string {
  const time = at.toTimeString().slice(0, 8);
  return printable(`${time}  ${functionName.padEnd(26)} ${shorten(text)}`);
}

function shorten(text: string): string {
  const line = parseStructured(text);
  if (line === undefined) return text;
  const { level, message, ...others } = line;
  const fields = Object.entries(others).filter(([name, value]) => !LEFT_OUT.has(name) && typeof value !== "object");
  const rest = fields.map(([name, value]) => `${name}=${String(value).slice(0, LONGEST_VALUE)}`);
  return [level.toUpperCase().padEnd(5), asText(message), ...rest, ...errorOf(others["error"])].join(" ");
}

function parseStructured(text: string): z.output<typeof structuredLine> | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    return structuredLine.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function errorOf(error: unknown): string[] {
  const parsed = errorField.safeParse(error);
  return parsed.success && parsed.data.message !== undefined
    ? [`${parsed.data.name ?? "Error"}: ${parsed.data.message}`]
    : [];
}

const asText = (message: unknown): string => (typeof message === "string" ? message : JSON.stringify(message));

/** A job's data must not drive the terminal: control characters are shown as `?`. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- that is what it looks for
  return text.replaceAll(/[\u0000-\u001F\u007F-\u009F]/g, "?");
}
