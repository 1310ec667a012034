import { existsSync } from "node:fs";
import { mkdtemp, readlink, symlink } from "node:fs/promises";
import path from "node:path";

import { synthesise } from "../../infra/app.ts";
import { testFolder } from "./test-folder.ts";

/**
 * The folder of the app's own cloud assembly, with the bundles of all functions: for `startRuntime`, whose synthesis takes some
 * seconds. The first test file of a run that asks makes it, the others find it. Files that ask at the same moment make one
 * each, and agree on one of them.
 *
 * The rules for templates are not applied: test/infra does that.
 */
export async function standardAssembly(): Promise<string> {
  const link = path.join(testFolder(), "assembly");
  if (existsSync(link)) return readlink(link);
  const outdir = await mkdtemp(path.join(testFolder(), "synthesis-"));
  await synthesise({ outdir, rules: "none" });
  // Only now, when it is complete: whoever finds the link may use it.
  await symlink(outdir, link).catch((error: unknown) => {
    if (!existsSync(link)) throw error;
  });
  return outdir;
}
