/** Way to a value in nested data: names of fields, indexes of lists. */
export type Path = readonly string[];

export interface TextLeaf {
  readonly path: Path;
  readonly text: string;
}

/** Every text in some data, with where it stands. */
export function leavesOf(value: unknown, path: Path = []): TextLeaf[] {
  if (typeof value === "string") return [{ path, text: value }];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, field]) => leavesOf(field, [...path, name]));
}

/** The same data with one value replaced. */
export function replaced(value: unknown, [name, ...rest]: Path, by: unknown): unknown {
  if (name === undefined) return by;
  if (Array.isArray(value))
    return value.map((item, index) => (String(index) === name ? replaced(item, rest, by) : item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([field, part]) => [field, field === name ? replaced(part, rest, by) : part]),
  );
}
