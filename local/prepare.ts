import path from "node:path";

import { synthesise } from "../infra/app.ts";
import { type Emulators, startEmulators } from "./emulators/emulators.ts";
import { provision } from "./emulators/provision.ts";
import { type NodeRuntime, prepareNodeRuntime } from "./host/node-runtime.ts";
import type { Listener } from "./listener.ts";
import type { RuntimeOptions } from "./runtime-options.ts";
import { readAssembly } from "./template/assembly.ts";
import { type Installation, readInstallation } from "./template/installation.ts";
import { TemplateModel } from "./template/template-model.ts";

export interface Listeners {
  readonly api: Listener;
  readonly mailbox: Listener;
  readonly aws: Listener;
}

export interface AssembleInput {
  readonly options: RuntimeOptions;
  /** Temporary folder of this runtime. */
  readonly folder: string;
  readonly listeners: Listeners;
  /** Gets what ends each part; the parts started last end first. */
  readonly cleanup: AsyncDisposableStack;
}

/** What the parts of a runtime are made from. */
export interface Prepared {
  readonly installation: Installation;
  readonly emulators: Emulators;
  readonly node: NodeRuntime;
}

/** What needs nothing else runs at the same time: it is most of the start. */
export async function prepare({ options, folder, listeners, cleanup }: AssembleInput): Promise<Prepared> {
  const emulators = await startEmulators();
  cleanup.defer(() => emulators.close());
  const [assemblyDir, node] = await Promise.all([
    options.assemblyDir ?? synthesiseInto(path.join(folder, "assembly"), options),
    prepareNodeRuntime(folder),
  ]);
  const model = new TemplateModel({ stacks: readAssembly(assemblyDir), apiEndpoint: listeners.api.url });
  const installation = readInstallation(model);
  await provision(emulators, installation);
  return { installation, emulators, node };
}

/**
 * Outside the project, as on Lambda: no package.json above decides how a bundle is read, and no node_modules has what
 * was left out of it.
 */
async function synthesiseInto(outdir: string, { synthesis = {}, timeScale }: RuntimeOptions): Promise<string> {
  const config = { ...synthesis.config, ...(timeScale === undefined ? {} : { timeScale }) };
  const { assembly } = await synthesise({ ...synthesis, outdir, config });
  return assembly.directory;
}
