/** A deep copy of plain data: texts, numbers, arrays, objects. `structuredClone` takes ten times as long, for what it never holds. */
export function plainCopy<Data>(data: Data): Data {
  if (typeof data !== "object" || data === null) return data;
  if (Array.isArray(data)) return data.map(plainCopy) as Data;
  const copy: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(data)) copy[name] = plainCopy(value);
  return copy as Data; // the same names with the same values
}
