import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/**
 * A temporary folder with a handler for every entry; the caller removes it.
 *
 * @param sourceOf The TypeScript of an entry; by default a handler that answers with the entry's name.
 */
export function stubFunctions(entries: readonly string[], sourceOf = nameOnly): string {
  const root = mkdtempSync(path.join(tmpdir(), "backline-functions-"));
  for (const [index, entry] of entries.entries()) {
    const file = path.join(root, `${entry}.ts`);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, sourceOf(entry, index));
  }
  return root;
}

const nameOnly = (entry: string, _index: number): string =>
  `export const handler = async () => ${JSON.stringify(entry)};\n`;
