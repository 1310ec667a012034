import { readFileSync } from "node:fs";
import path from "node:path";

import * as z from "zod";

/** One resource as the template has it, before intrinsics are resolved. */
export interface RawResource {
  readonly Type: string;
  readonly Properties?: Record<string, unknown> | undefined;
}

/** One stack of a cloud assembly. */
export interface StackTemplate {
  readonly stackName: string;
  readonly resources: Readonly<Record<string, RawResource>>;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Export name → value, unresolved. */
  readonly exports: Readonly<Record<string, unknown>>;
  /** Object key of a file asset (`<hash>.zip`) → absolute path of its folder or file. */
  readonly assets: Readonly<Record<string, string>>;
}

const manifestSchema = z.object({
  artifacts: z.record(
    z.string(),
    z.object({
      type: z.string(),
      properties: z
        .object({ templateFile: z.string().optional(), file: z.string().optional(), stackName: z.string().optional() })
        .optional(),
      dependencies: z.array(z.string()).default([]),
    }),
  ),
});

const templateSchema = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).optional() }),
  ),
  Parameters: z.record(z.string(), z.object({ Default: z.unknown() })).default({}),
  Outputs: z
    .record(z.string(), z.object({ Value: z.unknown(), Export: z.object({ Name: z.string() }).optional() }))
    .default({}),
});

const assetsSchema = z.object({
  files: z
    .record(
      z.string(),
      z.object({
        source: z.object({ path: z.string().optional() }),
        destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
      }),
    )
    .default({}),
});

/** Reads every stack of the cloud assembly in `directory`, the very files that `cdk deploy` would read. */
export function readAssembly(directory: string): StackTemplate[] {
  const { artifacts } = manifestSchema.parse(readJson(directory, "manifest.json"));
  return Object.entries(artifacts)
    .filter(([, { type }]) => type === "aws:cloudformation:stack")
    .map(([id, { properties = {}, dependencies }]) => {
      const manifests = dependencies.flatMap((dependency) => artifacts[dependency]?.properties?.file ?? []);
      return {
        stackName: properties.stackName ?? id,
        ...readTemplate(directory, properties.templateFile ?? `${id}.template.json`),
        assets: readAssets(directory, manifests),
      };
    });
}

function readTemplate(directory: string, file: string): Omit<StackTemplate, "stackName" | "assets"> {
  const template = templateSchema.parse(readJson(directory, file));
  const exported = Object.values(template.Outputs).flatMap(({ Export, Value }) =>
    Export === undefined ? [] : [[Export.Name, Value] as const],
  );
  const parameters = Object.entries(template.Parameters).map(([name, { Default }]) => [name, Default] as const);
  return {
    resources: template.Resources,
    parameters: Object.fromEntries(parameters),
    exports: Object.fromEntries(exported),
  };
}

function readAssets(directory: string, manifests: readonly string[]): Record<string, string> {
  const assets: Record<string, string> = {};
  for (const manifest of manifests) {
    for (const { source, destinations } of Object.values(assetsSchema.parse(readJson(directory, manifest)).files)) {
      if (source.path === undefined) continue;
      for (const { objectKey } of Object.values(destinations)) assets[objectKey] = path.join(directory, source.path);
    }
  }
  return assets;
}

function readJson(directory: string, file: string): unknown {
  return JSON.parse(readFileSync(path.join(directory, file), "utf8"));
}
