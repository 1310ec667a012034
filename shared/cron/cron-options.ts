import type { HttpRequest } from "../lambda/http-function.ts";
import type { CronEndpoint } from "./cron-endpoints.ts";

/** What a caller wants the job to do, or every reason why it cannot be. */
export type CronOptions = { readonly payload: unknown } | { readonly problems: readonly string[] };

/** A few short options; whatever is larger is something else. */
const LARGEST_BODY_BYTES = 16 * 1024;
const LONGEST_SHOWN_NAME = 40;

type Given = readonly (readonly [name: string, value: unknown])[];

/**
 * The job's payload from `?dryRun=true` and a JSON body, each by its name. Nothing is let pass that is not known: a
 * misspelt `dryRun` would run for real.
 */
export function readCronOptions(
  { options, definition }: Pick<CronEndpoint, "options" | "definition">,
  { query, body }: Pick<HttpRequest, "query" | "body">,
): CronOptions {
  const problems: string[] = [];
  const given = [...fromQuery(query), ...fromBody(body, problems)];
  problems.push(...namesProblems(given, options));
  const known = Object.fromEntries(given.filter(([name]) => options.includes(name)));
  const parsed = definition.payload.safeParse(known);
  for (const { path, message } of parsed.error?.issues ?? [])
    problems.push(`${path.join(".") || "options"}: ${message}`);
  return problems.length > 0 ? { problems } : { payload: parsed.data };
}

/** Texts, but for the two words of a switch; any other text is no switch, and the schema says so. */
function fromQuery(query: string): Given {
  const value = (name: string, text: string) =>
    name === "dryRun" && /^(true|false)$/.test(text) ? text === "true" : text;
  return [...new URLSearchParams(query)].map(([name, text]) => [name, value(name, text)]);
}

function fromBody(body: Buffer, problems: string[]): Given {
  if (body.length > LARGEST_BODY_BYTES) {
    problems.push(`The body is over ${LARGEST_BODY_BYTES} bytes.`);
    return [];
  }
  const text = body.toString("utf8").trim();
  const json = text === "" ? {} : parseJson(text);
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return Object.entries(json);
  problems.push("The body is not a JSON object.");
  return [];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // reported like anything else that is no object
  }
}

function namesProblems(given: Given, options: readonly string[]): string[] {
  const names = given.map(([name]) => name);
  const shown = (name: string) => JSON.stringify(name.slice(0, LONGEST_SHOWN_NAME));
  const known = options.map((name) => `\`${name}\``).join(", ");
  return [...new Set(names)].flatMap((name) => {
    if (!options.includes(name)) return [`There is no option ${shown(name)}, only ${known}.`];
    return names.indexOf(name) === names.lastIndexOf(name) ? [] : [`${name}: is given twice`];
  });
}
