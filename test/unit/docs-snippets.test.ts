import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { parseSync } from "oxc-parser";

import { declarationsOf } from "../../docs/declarations.ts";
import { brokenLinks } from "../../docs/links.ts";
import { ENTRIES } from "../../docs/reference.ts";
import { fillPage, pagesWithSnippets, sourcesOf } from "../../docs/snippets.ts";

const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));
const read = (file: string): string => readFileSync(join(REPOSITORY, file), "utf8");

const filesUnder = (folder: string, ending: string): string[] =>
  readdirSync(join(REPOSITORY, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(ending))
    .map((file) => join(folder, file));

const SNIPPET_PAGES = pagesWithSnippets(REPOSITORY);
const GUIDE_PAGES = SNIPPET_PAGES.filter((page) => page.startsWith("docs/guide/"));
const PAGES = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", ...filesUnder("docs", ".md")];

describe("the pages' snippets", () => {
  it.each(SNIPPET_PAGES)("come from files, and are as these are now (or run `npm run docs:pages`): %s", (page) => {
    const { text, problems } = fillPage(REPOSITORY, page);
    expect(problems).toEqual([]);
    expect(read(page)).toBe(text);
  });

  it("come from files that a test imports, itself or through others: what no test runs is no example", () => {
    const run = importedByTests();
    const sources = SNIPPET_PAGES.flatMap((page) => sourcesOf(read(page)).map(({ file }) => ({ page, file })));
    const code = sources.filter(({ file }) => /\.tsx?$/.test(file));
    expect(code).not.toEqual([]);
    expect(code.filter(({ file }) => !run.has(file))).toEqual([]);
  });

  it("call only what a handler's job has", () => {
    const { file = "" } = ENTRIES.find(({ names }) => names?.includes("JobContext")) ?? {};
    const context = declarationsOf(REPOSITORY, file).find(({ name }) => name === "JobContext");
    const members = context?.signatures.join("\n") ?? "";
    const named = GUIDE_PAGES.flatMap((page) => [...read(page).matchAll(/`[^`\n]*\bjob\.(\w+)[(<][^`\n]*`/g)]);
    expect(named.map(([, name = ""]) => name).filter((name) => !new RegExp(`\\b${name}\\b`).test(members))).toEqual([]);
  });
});

describe("the pages", () => {
  it.each(PAGES)("link to files and headings that there are: %s", (page) => {
    expect(brokenLinks(REPOSITORY, page)).toEqual([]);
  });

  it("name only npm scripts that there are", () => {
    const { scripts } = JSON.parse(read("package.json")) as { readonly scripts: Record<string, string> };
    const named = PAGES.flatMap((page) => scriptsNamedIn(read(page)).map((script) => ({ page, script })));
    expect(named).toContainEqual({ page: "README.md", script: "demo" });
    expect(named.filter(({ script }) => !(script in scripts))).toEqual([]);
  });
});

const scriptsNamedIn = (text: string): string[] =>
  [...text.matchAll(/\bnpm run (?:-\S+ +)*([a-z][a-z0-9:-]*[a-z0-9])/g)].map(([, script = ""]) => script);

/** Every file that the tests load: what they import, what that imports, and so on. */
function importedByTests(): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = ["test", "examples"].flatMap((folder) => filesUnder(folder, ".test.ts"));
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    const ours = importsOf(file).filter((specifier) => /^\..*\.tsx?$/.test(specifier));
    waiting.push(...ours.map((specifier) => normalize(join(dirname(file), specifier))));
  }
  return found;
}

function importsOf(file: string): string[] {
  const text = read(file);
  const { staticImports, staticExports, dynamicImports } = parseSync(file, text).module;
  const exported = staticExports.flatMap(({ entries }) =>
    entries.map(({ moduleRequest }) => moduleRequest?.value ?? ""),
  );
  const dynamic = dynamicImports.map(({ moduleRequest: { start, end } }) => text.slice(start + 1, end - 1));
  return [...staticImports.map(({ moduleRequest }) => moduleRequest.value), ...exported, ...dynamic];
}

describe("filling a page", () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "backline-snippets-"));
    write(
      "examples/mail.ts",
      [
        'import { a } from "./a.ts";',
        "import {",
        "  b,",
        '} from "./b.ts";',
        "",
        "// #region send",
        "export async function send() {",
        "  // #region inner",
        "  await a();",
        "  // #endregion",
        "",
        "  await b();",
        "}",
        "// #endregion",
        "",
        "export const last = 1;",
        "// #region open",
        "",
      ].join("\n"),
    );
  });
  afterAll(() => rmSync(root, { recursive: true }));

  function write(file: string, text: string): void {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }

  function filled(...lines: readonly string[]): { readonly lines: string[]; readonly problems: readonly string[] } {
    write("page.md", lines.join("\n"));
    const { text, problems } = fillPage(root, "page.md");
    return { lines: text.split("\n"), problems };
  }

  it("puts a file's text into the fence after the comment, without its imports and its marks", () => {
    expect(filled("Text.", "<!-- from examples/mail.ts -->", "```ts", "old", "older", "```", "More.")).toEqual({
      lines: [
        "Text.",
        "<!-- from examples/mail.ts -->",
        "```ts",
        "export async function send() {",
        "  await a();",
        "",
        "  await b();",
        "}",
        "",
        "export const last = 1;",
        "```",
        "More.",
      ],
      problems: [],
    });
  });

  it("takes a region, moved to the left, into an empty fence", () => {
    const comment = "<!-- from examples/mail.ts#inner -->";
    expect(filled(comment, "```ts", "```").lines).toEqual([comment, "```ts", "await a();", "```"]);
  });

  it("ends a region where it ends, not where one inside of it does", () => {
    const { lines } = filled("<!-- from examples/mail.ts#send -->", "```ts", "```");
    expect(lines.slice(2, -1)).toEqual(["export async function send() {", "  await a();", "", "  await b();", "}"]);
  });

  it("keeps a region's imports", () => {
    write("examples/whole.ts", '// #region all\nimport { a } from "./a.ts";\na();\n// #endregion\n');
    const { lines } = filled("<!-- from examples/whole.ts#all -->", "```ts", "```");
    expect(lines).toContain('import { a } from "./a.ts";');
  });

  it("says in the first line where the code belongs, where the comment says so", () => {
    const { lines } = filled("<!-- from examples/mail.ts#inner as functions/a.ts -->", "```ts", "```");
    expect(lines[2]).toBe("// functions/a.ts");
  });

  it("indents with its fence, as in a list", () => {
    const { lines } = filled("1. Do:", "   <!-- from examples/mail.ts#inner -->", "   ```ts", "   ```");
    expect(lines[3]).toBe("   await a();");
  });

  it("fills fences of every language, and several of a page", () => {
    write("examples/a.json", '{ "a": 1 }\n');
    const page = "<!-- from examples/mail.ts#inner -->|```ts|```||<!-- from examples/a.json -->|```json|```";
    const { lines } = filled(...page.split("|"));
    expect(lines).toEqual(expect.arrayContaining(["await a();", '{ "a": 1 }']));
  });

  it("leaves alone what is no snippet", () => {
    const lines = ["```sh", "npm test", "```", "````md", "```ts", "x", "```", "```ts", "y", "```", "````"];
    expect(filled(...lines)).toEqual({ lines, problems: [] });
  });

  it.each([
    ["no comment", "Text.", "page.md:2: This code comes from nowhere"],
    ["a comment that is not in the line before", "<!-- from examples/mail.ts -->\n", "comes from nowhere"],
    ["a file that is not there", "<!-- from examples/gone.ts -->", "There is no file examples/gone.ts"],
    ["a file that no test runs", "<!-- from shared/mail.ts -->", "is no file of examples/ or test/"],
    ["a way out of the folder", "<!-- from examples/../shared/mail.ts -->", "is no file of examples/ or test/"],
    ["a region that is not there", "<!-- from examples/mail.ts#gone -->", 'has no region "gone"'],
    ["a region that does not end", "<!-- from examples/mail.ts#open -->", 'has no region "open"'],
  ])("leaves a fence as it is and says what to do for %s", (_, comment, problem) => {
    const { lines, problems } = filled(comment, "```ts", "code", "```");
    expect(lines.at(-2)).toBe("code");
    expect(problems).toEqual([expect.stringContaining(problem)]);
  });
});

describe("checking links", () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "backline-links-"));
    mkdirSync(join(root, "docs"));
    writeFileSync(
      join(root, "docs/b.md"),
      "# The *B* page\n\n## `code`: a [link](x)\n\n## Twice\n\n## Twice\n\n```sh\n# no heading\n```\n",
    );
  });
  afterAll(() => rmSync(root, { recursive: true }));

  function broken(text: string): string[] {
    writeFileSync(join(root, "a.md"), text);
    return brokenLinks(root, "a.md");
  }

  it.each([
    "[b](docs/b.md)",
    "[b](docs/b.md#the-b-page)",
    "[b](docs/b.md#code-a-link)",
    "[b](docs/b.md#twice-1)",
    "[folder](docs)",
    "# Here\n\n[here](#here)",
    "[other](https://example.com/x#y)",
    "[mail](mailto:a@example.com)",
    "`[code](gone.md)`",
    "```\n[code](gone.md)\n```",
  ])("accepts %j", (text) => {
    expect(broken(text)).toEqual([]);
  });

  it.each([
    ["[b](gone.md)", "a.md:1: there is no gone.md"],
    ["![b](gone.png)", "a.md:1: there is no gone.png"],
    ["\n[b]: gone.md", "a.md:2: there is no gone.md"],
    ["[here](#here)", "a.md:1: a.md has no heading #here"],
    ["[b](docs/b.md#twice-2)", "a.md:1: docs/b.md has no heading #twice-2"],
    ["[b](docs/b.md#no-heading)", "a.md:1: docs/b.md has no heading #no-heading"],
  ])("tells of %j", (text, problem) => {
    expect(broken(text)).toEqual([problem]);
  });
});
