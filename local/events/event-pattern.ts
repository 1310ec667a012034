/**
 * Whether an event matches an EventBridge pattern: every field that the pattern names must hold one of its values.
 * Knows exact values, `exists`, `prefix`, `suffix`, `anything-but` and nesting; an array in the event matches when one
 * of its items does.
 *
 * @throws Error for a comparison that is not known here: matching wrongly would hide what AWS does.
 */
export function matchesPattern(event: unknown, pattern: unknown): boolean {
  if (!isRecord(pattern)) throw new Error(`An event pattern must be an object: ${JSON.stringify(pattern)}`);
  return Object.entries(pattern).every(([field, expected]) => {
    const actual = isRecord(event) ? event[field] : undefined;
    if (!Array.isArray(expected)) return matchesPattern(actual, expected);
    return expected.some((comparison) => matchesValue(actual, comparison));
  });
}

function matchesValue(actual: unknown, comparison: unknown): boolean {
  if (isRecord(comparison)) {
    const [[name, operand] = ["", undefined]] = Object.entries(comparison);
    if (name === "exists") return (actual !== undefined) === operand;
    return items(actual).some((item) => compare(name, item, operand));
  }
  return items(actual).includes(comparison);
}

function compare(name: string, item: unknown, operand: unknown): boolean {
  switch (name) {
    case "prefix":
      return typeof item === "string" && item.startsWith(String(operand));
    case "suffix":
      return typeof item === "string" && item.endsWith(String(operand));
    case "anything-but":
      return item !== undefined && !items(operand).includes(item);
    default:
      throw new Error(`The embedded runtime does not know the event comparison "${name}".`);
  }
}

const items = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
