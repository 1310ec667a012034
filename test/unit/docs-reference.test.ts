import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { declarationsOf } from "../../docs/declarations.ts";
import { ENTRIES, referencePage, type ReferenceEntry } from "../../docs/reference.ts";

const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));

let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "backline-reference-"));
});
afterAll(() => rmSync(root, { recursive: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

function page(text: string, entry: Partial<ReferenceEntry> = {}): string {
  write("api.ts", text);
  return referencePage([{ title: "Things", file: "api.ts", ...entry }], root);
}

describe("the reference", () => {
  it.each([
    ["export async function go(a: string): Promise<void> {\n  await a;\n}", "function go(a: string): Promise<void>;"],
    ["export const double = (n = 1): number => ({ n }).n * 2;", "function double(n = 1): number;"],
    ["export const soon = async <T>(t: T) => t;", "function soon<T>(t: T);"],
    ["export const LIMITS: Record<string, number> = { a: 1 };", "const LIMITS: Record<string, number>;"],
    ["export const MONTH_MS = 30 * 24;", "const MONTH_MS = 30 * 24;"],
    [`export const list = [\n${"  1,\n".repeat(20)}];`, "const list = …;"],
    ["export type Either = 1 | 2;", "type Either = 1 | 2;"],
    ["export interface Empty extends Base {}", "interface Empty extends Base {}"],
    [
      "export function f(a: 1): 2;\nexport function f(a: 3): 4;\nexport function f(a: any): any {\n  return a;\n}",
      "function f(a: 1): 2;\nfunction f(a: 3): 4;",
    ],
  ])("shows %j as it is written, its body left out", (text, signature) => {
    expect(page(text)).toContain(`\`\`\`ts\n${signature}\n\`\`\``);
  });

  it("shows of a class what its users see", () => {
    const text = page(`export class Box<T> extends Base {
      readonly size: number = 1;
      #secret = 2;
      private hidden(): void {}
      constructor(size: number) { super(); }
      override async open(key: string): Promise<T> { return this.#secret; }
    }`);
    expect(text).toContain(
      [
        "class Box<T> extends Base {",
        "  readonly size: number;",
        "  constructor(size: number);",
        "  open(key: string): Promise<T>;",
        "}",
      ].join("\n"),
    );
  });

  it("lists the docstrings of members after the signature, where they wrap", () => {
    const text = page(
      "export interface Box {\n  /** In mm.\n   *\n   * @throws RangeError below 0 */\n  size(): number;\n}",
    );
    expect(text).toContain("interface Box {\n  size(): number;\n}");
    expect(text).toContain("- `size()`: In mm.\n\n  Throws RangeError below 0");
  });

  it("gives a member whose docstring only points to a function that function's docstring", () => {
    write("run.ts", "/** Runs once. */\nexport function run(): void {}");
    expect(
      page('import { run } from "./run.ts";\nexport interface Job {\n  /** See `run`. */\n  run(): void;\n}'),
    ).toContain("- `run()`: Runs once.");
  });

  it("turns a docstring's tags into prose and an example into code", () => {
    const text = page(
      "/**\n * Adds.\n * Twice.\n *\n * @param a the first,\n *   in mm\n * @returns the sum\n * @example add(1)\n */\n" +
        "export function add(a: number): number {\n  return a;\n}",
    );
    expect(text).toContain("### add\n\nAdds.\nTwice.\n\n```ts");
    expect(text).toContain("- `a`: the first,\n  in mm\n\nReturns the sum\n\n```ts\nadd(1)\n```");
  });

  it("links the names that it documents, in docstrings and signatures", () => {
    const text = page(
      "export class LateError extends Error {}\n/** Like `Box`.\n *\n * @throws LateError when late */\n" +
        "export function f(): void {}\nexport interface Box {\n  readonly error: LateError;\n}",
    );
    expect(text).toContain("Like [`Box`](#box).");
    expect(text).toContain("Throws [`LateError`](#lateerror) when late");
    expect(text).toContain("See also [`LateError`](#lateerror).");
  });

  it("follows what a file exports of others", () => {
    write("inner.ts", "/** One. */\nexport const one = 1;\nexport type Two = 2;");
    const text = page('import { one } from "./inner.ts";\nexport { one as first };\nexport * from "./inner.ts";');
    expect(text).toContain("### first\n\nOne.");
    expect(text).toContain("### Two");
  });

  it("leaves out what `export type *` does not make usable", () => {
    write("inner.ts", "export const one = 1;\nexport function two(): void {}\nexport type Three = 3;");
    expect(page('export type * from "./inner.ts";').match(/^### .*$/gm)).toEqual(["### Three"]);
  });

  it("links a name that two files have to their own in each, and to the first one elsewhere", () => {
    const wait = "export interface Wait {}\nexport type A = Wait;";
    for (const file of ["one.ts", "two.ts"]) write(file, wait);
    write("user.ts", 'import type { Wait } from "./one.ts";\nexport type A = Wait;');
    const files = ["one.ts", "two.ts", "user.ts"];
    const text = referencePage(
      files.map((file) => ({ title: file, file })),
      root,
    );
    expect(text.match(/^See also .*$/gm)).toEqual([
      "See also [`Wait`](#wait).",
      "See also [`Wait`](#wait-1).",
      "See also [`Wait`](#wait).",
    ]);
  });

  it("documents once what two files export, and links it from the other", () => {
    write("inner.ts", "export const one = 1;");
    write("outer.ts", 'export { one } from "./inner.ts";');
    const text = referencePage(
      [
        { title: "In", file: "inner.ts" },
        { title: "Out", file: "outer.ts" },
      ],
      root,
    );
    expect(text.match(/^### one$/gm)).toHaveLength(1);
    expect(text).toContain("Also: [`one`](#one).");
  });

  it("shows the names that an entry asks for, in its order", () => {
    const text = page("export type A = 1;\nexport type B = 2;\nexport type C = 3;", { names: ["C", "A"] });
    expect(text.match(/^### .*$/gm)).toEqual(["### C", "### A"]);
  });

  it("says which entry names what is not there", () => {
    expect(() => page("export type A = 1;", { names: ["B"] })).toThrow(
      "api.ts does not export B. Correct its entry in docs/reference.ts.",
    );
  });

  it.each(["export default 1;", 'export * as ns from "./x.ts";', 'export { z } from "zod";'])(
    "refuses %j, which has no name of its own here",
    (text) => {
      expect(() => page(text)).toThrow("Export it by a name of its own.");
    },
  );

  it("documents every type of ours that what it shows names; add what is missing to ENTRIES in docs/reference.ts", () => {
    const shown = ENTRIES.flatMap(({ file, names }) =>
      declarationsOf(REPOSITORY, file)
        .filter(({ name }) => names?.includes(name) ?? true)
        .map((declaration) => ({ ...declaration, text: declaration.signatures.join("\n") })),
    );
    const known = new Set(shown.map(({ name }) => name));
    const missing = shown.flatMap(({ name, file, text }) =>
      ownTypesOf(file)
        .filter((type) => !known.has(type) && new RegExp(`\\b${type}\\b`).test(text))
        .map((type) => `${type}, named by ${name} of ${file}`),
    );
    expect(missing).toEqual([]);
  });
});

/** The names of types that a file of the repository imports from others of it, or exports. */
function ownTypesOf(file: string): string[] {
  const text = readFileSync(join(REPOSITORY, file), "utf8");
  const imported = [...text.matchAll(/^import [^;]*?\{([^}]*)\} from "\./gm)].flatMap(([, names = ""]) =>
    names.split(",").map((name) => name.trim().replace(/^type /, "")),
  );
  const exported = declarationsOf(REPOSITORY, file).map(({ name }) => name);
  return [...imported, ...exported].filter((name) => /^[A-Z][a-z]/.test(name));
}
