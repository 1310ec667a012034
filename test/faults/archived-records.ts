import * as z from "zod";

import type { MemoryFileStore } from "../support/memory-file-store.ts";

/** How the names of the bucket's files begin, and what stands for their records. */
export const ARCHIVES = "archives/";

const head = z.object({ archive: z.string() });
const line = z.object({ id: z.string(), part: z.string(), version: z.number() });

/** `archives/audit#au_1/- 1` for every line of every archive file: kind, key and version of a record. */
export async function archivedIn(files: MemoryFileStore): Promise<string[]> {
  const names = files.names().filter((name) => name.startsWith(ARCHIVES));
  const lines = names.map(async (name) => {
    const text = Buffer.from(await files.get("archives", name.slice(ARCHIVES.length))).toString();
    const [first = "", ...others] = text.trimEnd().split("\n");
    const { archive } = head.parse(JSON.parse(first));
    return others
      .map((each) => line.parse(JSON.parse(each)))
      .map(({ id, part, version }) => `${ARCHIVES}${archive}#${id}/${part} ${version}`);
  });
  return (await Promise.all(lines)).flat();
}
