import { readFile, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import path from "node:path";

import { transform } from "esbuild";

/** How function processes are started. */
export interface NodeRuntime {
  /** The Node.js binary, of the version that Lambda runs. */
  readonly binary: string;
  /** The bootstrap as plain JavaScript. */
  readonly bootstrap: string;
}

const PACKAGED_NODE = path.resolve(import.meta.dirname, "../../node_modules/node/bin/node");

/**
 * Prepares `folder` for function processes. The bootstrap's types are stripped once here: Node could do that in each
 * process, for 40 ms of every cold start.
 */
export async function prepareNodeRuntime(folder: string): Promise<NodeRuntime> {
  const source = await readFile(path.join(import.meta.dirname, "bootstrap.ts"), "utf8");
  const { code } = await transform(source, { loader: "ts", format: "esm", target: "node24" });
  const bootstrap = path.join(folder, "bootstrap.mjs");
  await writeFile(bootstrap, code);
  // The `node` package has Lambda's version, whatever the machine itself has.
  return { binary: existsSync(PACKAGED_NODE) ? PACKAGED_NODE : process.execPath, bootstrap };
}
