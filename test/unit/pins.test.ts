import { readFileSync } from "node:fs";

import { describe, expect, it } from "@jest/globals";
import * as z from "zod";

const readJson = (path: string): unknown => JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), "utf8"));

const manifest = z
  .object({
    version: z.string(),
    dependencies: z.record(z.string(), z.string()),
    devDependencies: z.record(z.string(), z.string()),
  })
  .parse(readJson("package.json"));
const pins = { ...manifest.dependencies, ...manifest.devDependencies };

describe("the dependencies", () => {
  it("are pinned exactly: under Node 20 a range resolves to an older version than under 24", () => {
    expect(Object.entries(pins).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  it("have the CDK's command line at 2.x: 3.0.0 is an accidental publish that cannot read today's assemblies", () => {
    expect(pins["aws-cdk"]).toMatch(/^2\./);
  });

  it("have a playwright-core that drives the very Chromium that is bundled", () => {
    const { browsers } = z
      .object({ browsers: z.array(z.object({ name: z.string(), browserVersion: z.string().optional() })) })
      .parse(readJson("node_modules/playwright-core/browsers.json"));
    const wanted = browsers.find(({ name }) => name === "chromium")?.browserVersion?.split(".")[0];
    expect(pins["@sparticuz/chromium"]?.split(".")[0]).toBe(wanted);
  });

  it("have each package of the AWS SDK at one version, so that bundles hold its core once", () => {
    const versions = Object.entries(pins)
      .filter(([name]) => /^@aws-sdk\/(client|lib)-/.test(name))
      .map(([, version]) => version);
    expect(new Set(versions).size).toBe(1);
  });
});
