import { readFileSync } from "node:fs";

import { describe, expect, it } from "@jest/globals";

import { PAGES } from "../../docs/generate.ts";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

/** A source file without its imports, as a page shows it. */
const shown = (path: string): string =>
  read(path)
    .replace(/^(import [^;]+;\n+)+/, "")
    .trim();

describe("a page that comes from code", () => {
  it.each(Object.entries(PAGES))("is up to date: docs/%s", (name, page) => {
    expect(read(`docs/${name}`)).toBe(page());
  });
});

describe("the README", () => {
  it.each(["examples/receipt-copy/definition.ts", "examples/receipt-copy/handler.ts"])(
    "shows %s, which the type check compiles, as it is",
    (path) => {
      expect(read("README.md")).toContain(shown(path));
    },
  );

  it("names only npm scripts and files that exist", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const named = [...read("README.md").matchAll(/npm run ([a-z:]+)/g)].map(([, name]) => name ?? "");
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
    const files = [...read("README.md").matchAll(/`((?:docs|examples|shared)\/[a-z/-]+\.(?:md|ts|json))`/g)];
    expect(files.map(([, path]) => read(path ?? "").length > 0)).not.toContain(false);
  });

  it("has 200 lines at most", () => {
    expect(read("README.md").split("\n").length).toBeLessThanOrEqual(200);
  });
});
