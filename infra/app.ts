import path from "node:path";
import { fileURLToPath } from "node:url";

import type { App } from "aws-cdk-lib";
import type { CloudAssembly } from "aws-cdk-lib/cx-api";

import { catalog as wholeCatalog, type CatalogEntry } from "../shared/catalog/index.ts";
import { buildFunctions, type BundleOf } from "./build-functions.ts";
import { checkCatalog } from "./check-catalog.ts";
import { applySchedules } from "./apply-schedules.ts";
import { type Config, readConfig } from "./config.ts";
import { createApp, type RuleSet } from "./create-app.ts";
import { allEntries } from "./function-entries.ts";
import { DataStack } from "./stacks/data-stack.ts";
import { JobsStack } from "./stacks/jobs-stack.ts";

const PROJECT_ROOT = path.resolve(import.meta.dirname, "..");

export interface SynthesisOptions {
  /** Folder of the cloud assembly; `cdk.out` by default. Its subfolder `functions` is emptied first. */
  readonly outdir?: string;
  /** Settings that win over CDK context and environment. */
  readonly config?: Partial<Config>;
  /** Job types to deploy; the whole catalog by default. */
  readonly catalog?: readonly CatalogEntry[];
  /** Folder with the functions' sources; `functions/` by default. */
  readonly functionsDir?: string;
  /** Rules that the templates must pass; `all` by default, fewer for what will not be deployed. */
  readonly rules?: RuleSet;
}

export interface Synthesis {
  readonly config: Config;
  /** The job types, with their schedules as the settings want them. */
  readonly catalog: readonly CatalogEntry[];
  readonly assembly: CloudAssembly;
  /** Ids of the two stacks in the assembly: `assembly.getStackByName(name)` has the template and the assets. */
  readonly stackNames: { readonly data: string; readonly jobs: string };
}

/**
 * Makes the CloudFormation templates and the functions' bundles. Needs no network, no credentials and no account.
 *
 * @throws Error that lists every problem of the configuration, of the catalog, or of the functions' files; or the findings
 *   of CloudFormation's and cdk-nag's rules that nobody acknowledged.
 */
export async function synthesise(options: SynthesisOptions = {}): Promise<Synthesis> {
  const { functionsDir = path.join(PROJECT_ROOT, "functions") } = options;
  const outdir = path.resolve(options.outdir ?? process.env["CDK_OUTDIR"] ?? path.join(PROJECT_ROOT, "cdk.out"));
  const app = createApp(outdir, options.rules);
  const config = readConfig({
    overrides: options.config ?? {},
    context: (key) => app.node.tryGetContext(key),
    environment: process.env,
  });
  const catalog = applySchedules(options.catalog ?? wholeCatalog, config.schedules);
  checkCatalog(catalog, config.timeScale);
  const bundleOf = await buildFunctions({
    entries: allEntries(catalog),
    functionsDir,
    outdir: path.join(outdir, "functions"),
  });
  const stackNames = addStacks(app, { config, catalog, bundleOf });
  return { config, catalog, assembly: app.synth(), stackNames };
}

function addStacks(
  app: App,
  props: Pick<Synthesis, "config" | "catalog"> & { readonly bundleOf: BundleOf },
): Synthesis["stackNames"] {
  const prefix = stackPrefix(props.config.name);
  const data = new DataStack(app, "BacklineData", {
    config: props.config,
    stackName: `${prefix}Data`,
    description: "Backline's tables and buckets.",
  });
  const jobs = new JobsStack(app, "Backline", {
    ...props,
    data: data.references,
    stackName: prefix,
    description: "Backline's queues, functions, schedules, HTTP API and alarms.",
  });
  // Imports by name tell CDK nothing about the order.
  jobs.addStackDependency(data);
  return { data: data.stackName, jobs: jobs.stackName };
}

/** `my-shop` → `MyShop`. */
function stackPrefix(name: string): string {
  return name
    .split("-")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

async function main(): Promise<void> {
  const startedMs = performance.now();
  // Only the CDK CLI sets this, and only it deploys: there all rules count. A look at the templates need not wait.
  const rules = process.env["CDK_OUTDIR"] === undefined ? "cdk-nag" : "all";
  const { assembly, catalog, stackNames } = await synthesise({ rules });
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  const stacks = Object.values(stackNames).join(" and ");
  process.stderr.write(`${stacks}: ${catalog.length} job types, ${seconds} s, ${assembly.directory}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
