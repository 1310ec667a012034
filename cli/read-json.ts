import { readFile } from "node:fs/promises";

/**
 * Reads a JSON file that a person names.
 *
 * @throws Error in words, without the file's content: it may hold personal data.
 */
export async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${file} cannot be read (${error.code ?? "unknown"}).`, { cause: error });
  });
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text.
    throw new Error(`${file} is not JSON.`);
  }
}
