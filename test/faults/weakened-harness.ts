import { readFileSync } from "node:fs";
import path from "node:path";
import { Worker } from "node:worker_threads";

import { build, type Plugin } from "esbuild";

import type { Edit, Guard } from "./guards.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");

/** What the harness found in an engine without a guard. */
export interface WeakenedResult {
  readonly schedules: number;
  readonly failures: readonly { readonly schedule: string; readonly violations: readonly string[] }[];
}

/**
 * Builds the harness and the engine anew, with a guard's source text taken away, and runs it over a probe until it finds
 * something.
 *
 * @throws Error when the text is not (or no longer) where the table says.
 */
export async function runWeakened({ edits, probe = "probe_parcel" }: Guard): Promise<WeakenedResult> {
  const missing = new Set(edits);
  const { outputFiles } = await build({
    entryPoints: [path.join(ROOT, "test/faults/weakened-entry.ts")],
    bundle: true,
    write: false,
    platform: "node",
    target: "node24",
    format: "cjs",
    logLevel: "error",
    plugins: [editing(edits, missing)],
  });
  for (const { file, from } of missing)
    throw new Error(`${file} no longer holds this text; correct test/faults/guards.ts:\n${from}`);
  return runInThread(outputFiles[0]?.text ?? "", probe);
}

function editing(edits: readonly Edit[], missing: Set<Edit>): Plugin {
  return {
    name: "edit",
    setup: (builder) => {
      builder.onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
        const mine = edits.filter((edit) => path.join(ROOT, edit.file) === file);
        if (mine.length === 0) return undefined;
        const contents = mine.reduce(
          (text, edit) => {
            if (text.includes(edit.from)) missing.delete(edit);
            return text.replace(edit.from, () => edit.to);
          },
          readFileSync(file, "utf8"),
        );
        return { contents, loader: "ts" };
      });
    },
  };
}

function runInThread(code: string, probe: string): Promise<WeakenedResult> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(code, { eval: true, workerData: probe });
    thread.once("message", resolve);
    thread.once("error", reject);
    thread.once("exit", (status) => reject(new Error(`The thread ended with ${status} and said nothing.`)));
  });
}
