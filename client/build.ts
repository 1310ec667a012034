/**
 * `npm run build:client -- [--outdir <folder>]`: the client as a package for other programs, in `dist/client`: ES modules for
 * Node 20 and later, their types, and a package.json. `npm install <folder>` takes it in.
 *
 * Packages stay outside of it, the AWS SDK too: the program may have them already, and zod must be the one that types are
 * checked with. The job types are modules of their own (`@backline/client/catalog/billing`), loaded only if they are used.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { build, type Metafile, type Plugin } from "esbuild";
import * as z from "zod";

const root = fileURLToPath(new URL("..", import.meta.url));

const rootManifest = z.object({
  version: z.string(),
  license: z.string(),
  dependencies: z.record(z.string(), z.string()),
});

/** Builds the package into a folder; what the folder held before is removed. */
async function buildClient(outdir: string): Promise<void> {
  const domains = readdirSync(path.join(root, "shared/catalog"))
    .filter((file) => file.endsWith(".ts") && file !== "index.ts")
    .map((file) => path.basename(file, ".ts"));
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [
      { in: "client/index.ts", out: "index" },
      ...domains.map((domain) => ({ in: `shared/catalog/${domain}.ts`, out: `catalog/${domain}` })),
    ],
    outdir,
    bundle: true,
    splitting: true,
    chunkNames: "chunks/[hash]",
    format: "esm",
    platform: "node",
    target: "node20",
    plugins: [packagesStayOutside],
    metafile: true,
    logLevel: "error",
  });
  emitTypes(outdir, domains);
  writeFileSync(path.join(outdir, "package.json"), `${JSON.stringify(manifestOf(metafile), undefined, 2)}\n`);
}

/** As `packages: "external"`, and a package that nothing is used of is not imported (SES's, beside the other AWS clients). */
const packagesStayOutside: Plugin = {
  name: "packages-stay-outside",
  setup: (bundler) => {
    bundler.onResolve({ filter: /^[^./]/ }, ({ path: name, kind }) =>
      kind === "entry-point" ? undefined : { path: name, external: true, sideEffects: false },
    );
  },
};

/** A tree of declarations as the sources are laid out, by the project's own compiler settings. */
function emitTypes(outdir: string, domains: readonly string[]): void {
  const settings = path.join(outdir, "tsconfig.json");
  const files = ["client/index.ts", ...domains.map((domain) => `shared/catalog/${domain}.ts`)];
  writeFileSync(
    settings,
    JSON.stringify({
      extends: path.join(root, "tsconfig.json"),
      compilerOptions: {
        noEmit: false,
        declaration: true,
        emitDeclarationOnly: true,
        outDir: path.join(outdir, "types"),
        rootDir: root,
        typeRoots: [path.join(root, "node_modules/@types")],
      },
      files: files.map((file) => path.join(root, file)),
      include: [],
    }),
  );
  execFileSync(path.join(root, "node_modules/.bin/tsc"), ["-p", settings], { stdio: ["ignore", "inherit", "inherit"] });
  rmSync(settings);
}

function manifestOf(metafile: Metafile) {
  const manifest = rootManifest.parse(JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")));
  return {
    name: "@backline/client",
    version: manifest.version,
    description: "Enqueues jobs of a Backline stack, waits for them and steers them.",
    license: manifest.license,
    type: "module",
    sideEffects: false,
    exports: {
      ".": { types: "./types/client/index.d.ts", default: "./index.js" },
      "./catalog/*": { types: "./types/shared/catalog/*.d.ts", default: "./catalog/*.js" },
    },
    dependencies: Object.fromEntries(packagesOf(metafile).map((name) => [name, versionOf(manifest, name)])),
    engines: { node: ">=20" },
  };
}

/** The packages that the modules import. */
function packagesOf({ outputs }: Metafile): string[] {
  const imported = Object.values(outputs)
    .flatMap(({ imports }) => imports)
    .filter((each) => each.external === true && !each.path.startsWith("node:"));
  const names = imported.map((each) =>
    each.path
      .split("/")
      .slice(0, each.path.startsWith("@") ? 2 : 1)
      .join("/"),
  );
  return [...new Set(names)].sort();
}

function versionOf({ dependencies }: z.infer<typeof rootManifest>, name: string): string {
  const version = dependencies[name];
  if (version === undefined) throw new Error(`The client imports ${name}, which is no dependency of the project.`);
  return version;
}

const { values } = parseArgs({ options: { outdir: { type: "string", default: path.join(root, "dist/client") } } });
await buildClient(path.resolve(values.outdir));
