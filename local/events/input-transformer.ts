export interface InputTransformer {
  /** Variable → JSON path into the event. */
  readonly InputPathsMap: Readonly<Record<string, string>>;
  readonly InputTemplate: string;
}

/** What a rule sends for an event: its template with every `<variable>` replaced. */
export function transformInput(event: unknown, { InputPathsMap, InputTemplate }: InputTransformer): string {
  const values = new Map(Object.entries(InputPathsMap).map(([name, path]) => [name, readPath(event, path)]));
  return replaceVariables(InputTemplate, values);
}

/** A string literal, or a variable outside one. */
const TOKEN = /"(?:[^"\\]|\\.)*"|<([^<>\s]+)>/g;
const VARIABLE = /<([^<>\s]+)>/g;

/**
 * Like EventBridge: outside quotes a variable becomes JSON, strings with quotes of their own; inside a string literal
 * its text is put in, escaped so that the result stays JSON. What the event lacks becomes an empty string.
 */
function replaceVariables(template: string, values: ReadonlyMap<string, unknown>): string {
  return template.replaceAll(TOKEN, (token, name?: string) => {
    if (name !== undefined) return values.has(name) ? JSON.stringify(values.get(name) ?? "") : token;
    return token.replaceAll(VARIABLE, (variable, inner: string) =>
      values.has(inner) ? asText(values.get(inner)) : variable,
    );
  });
}

function asText(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value ?? "");
  return JSON.stringify(text).slice(1, -1);
}

const STEP = /\.([^.[\]*]+)|\[(\d+)\]|\['([^']+)'\]/gy;

/**
 * The value at a JSON path of names and indexes, `$.detail.mail.tags.job[0]`; undefined where the event has none.
 *
 * @throws Error for a path with anything else in it, such as wildcards.
 */
export function readPath(event: unknown, path: string): unknown {
  const steps = [...path.slice(1).matchAll(STEP)];
  const isWhole = path.startsWith("$") && steps.map(([step]) => step).join("") === path.slice(1);
  if (!isWhole) throw new Error(`The embedded runtime cannot read the JSON path ${path}.`);
  return steps.reduce<unknown>((value, [, name, index, quoted]) => {
    if (typeof value !== "object" || value === null) return undefined;
    return Object.entries(value).find(([key]) => key === (name ?? index ?? quoted))?.[1];
  }, event);
}
