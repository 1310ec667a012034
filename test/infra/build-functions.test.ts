import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

import { afterEach, describe, expect, it } from "@jest/globals";

import { buildFunctions } from "../../infra/build-functions.ts";
import { stubFunctions } from "./support/stub-functions.ts";

const folders: string[] = [];
const functionsWith = (...entries: string[]): string => {
  const folder = stubFunctions(entries);
  folders.push(folder);
  return folder;
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

describe("building the functions", () => {
  it("makes one CommonJS file each, with a source map that holds no sources", async () => {
    const functionsDir = functionsWith("billing/invoice-email", "ops/ticker");
    const outdir = path.join(functionsDir, "out");
    const bundleOf = await buildFunctions({ entries: ["billing/invoice-email", "ops/ticker"], functionsDir, outdir });

    expect(bundleOf("ops/ticker")).toBe(path.join(outdir, "ops/ticker"));
    const { handler } = createRequire(import.meta.url)(path.join(outdir, "billing/invoice-email/index.js"));
    expect(await handler()).toBe("billing/invoice-email");
    expect(JSON.parse(readFileSync(path.join(outdir, "ops/ticker/index.js.map"), "utf8"))).not.toHaveProperty(
      "sourcesContent",
    );
  });

  it("puts fonts into the bundle as bytes", async () => {
    const functionsDir = functionsWith("billing/font");
    writeFileSync(path.join(functionsDir, "billing/tiny.ttf"), Uint8Array.from([0, 1, 0, 255]));
    writeFileSync(
      path.join(functionsDir, "billing/font.ts"),
      'import font from "./tiny.ttf"; export const handler = () => [...font];',
    );
    const outdir = path.join(functionsDir, "out");
    await buildFunctions({ entries: ["billing/font"], functionsDir, outdir });

    const { handler } = createRequire(import.meta.url)(path.join(outdir, "billing/font/index.js"));
    expect(handler()).toEqual([0, 1, 0, 255]);
  });

  it("removes what an earlier build left", async () => {
    const functionsDir = functionsWith("ops/ticker");
    const outdir = path.join(functionsDir, "out");
    mkdirSync(path.join(outdir, "ops/gone"), { recursive: true });
    await buildFunctions({ entries: ["ops/ticker"], functionsDir, outdir });
    expect(existsSync(path.join(outdir, "ops/gone"))).toBe(false);
  });

  it("names every handler that nobody listed, and where to list it", async () => {
    const functionsDir = functionsWith("ops/ticker", "billing/forgotten", "press/submit");
    const building = buildFunctions({ entries: ["ops/ticker"], functionsDir, outdir: path.join(functionsDir, "out") });
    await expect(building).rejects.toThrow(
      /^Handlers are not listed\. List their definitions in shared\/catalog\/index\.ts, .*:\n- .*\/billing\/forgotten\.ts\n- .*\/press\/submit\.ts$/,
    );
  });

  it("names every file that is missing, and what it has to export", async () => {
    const functionsDir = functionsWith("ops/ticker");
    const building = buildFunctions({
      entries: ["ops/ticker", "billing/invoice-email", "press/submit"],
      functionsDir,
      outdir: path.join(functionsDir, "out"),
    });
    await expect(building).rejects.toThrow(
      /Create these files, each exporting `handler`:\n- .*\/billing\/invoice-email\.ts\n- .*\/press\/submit\.ts$/,
    );
  });
});
