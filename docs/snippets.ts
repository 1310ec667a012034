/**
 * Fills the code of the pages from files that the type check compiles and the tests run. A writer puts a comment before a
 * fence, and leaves the fence empty: `npm run docs:pages` does the rest.
 *
 *     <!-- from examples/flows/handler.ts#diamond as functions/shop/order.ts -->
 *
 * `#diamond` takes the lines between `// #region diamond` and `// #endregion`, all the file otherwise; a file's imports
 * are left out, a region's are not. `as …` is shown as the first line, for code that belongs elsewhere in the reader's tree.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, normalize } from "node:path";

import { fencesOf, type Fence } from "./page-lines.ts";

export interface FilledPage {
  readonly text: string;
  /** What is wrong with its snippets, each with what to do; the text of these is as it was. */
  readonly problems: readonly string[];
}

/** Where a snippet comes from. */
export interface SnippetSource {
  readonly file: string;
  readonly region?: string | undefined;
  /** Shown as a comment in the first line. */
  readonly shownAs?: string | undefined;
}

/** The pages of which every piece of TypeScript comes from a file. */
export function pagesWithSnippets(root: string): string[] {
  const guide = join(root, "docs/guide");
  const guides = existsSync(guide) ? readdirSync(guide, { recursive: true, encoding: "utf8" }) : [];
  const pages = guides.filter((file) => file.endsWith(".md")).map((file) => `docs/guide/${file}`);
  return ["README.md", ...pages.sort()];
}

/** A page with its snippets as the files have them now. */
export function fillPage(root: string, page: string): FilledPage {
  const lines = readFileSync(join(root, page), "utf8").split("\n");
  const problems: string[] = [];
  // From the last to the first: the numbers of the lines before stay right.
  for (const fence of fencesOf(lines).toReversed()) {
    const filled = snippetLines(root, lines, fence);
    if (typeof filled === "string") problems.unshift(`${page}:${fence.open + 1}: ${filled}`);
    else if (filled !== undefined) lines.splice(fence.open + 1, fence.close - fence.open - 1, ...filled);
  }
  return { text: lines.join("\n"), problems };
}

/** The files that a page's snippets come from. */
export function sourcesOf(page: string): SnippetSource[] {
  const lines = page.split("\n");
  return fencesOf(lines).flatMap((fence) => sourceBefore(lines, fence) ?? []);
}

/** What belongs into a fence: nothing for what is no snippet, a text for a problem. */
function snippetLines(root: string, lines: readonly string[], fence: Fence): string[] | string | undefined {
  const source = sourceBefore(lines, fence);
  if (source === undefined) return isTypeScript(fence) ? WITHOUT_SOURCE : undefined;
  const { file, shownAs } = source;
  if (fence.close >= lines.length) return "This fence is not closed. Close it with ``` in a line of its own.";
  if (!/^(examples|test)\//.test(normalize(file)))
    return `${file} is no file of examples/ or test/. Move the code there.`;
  if (!existsSync(join(root, file))) return `There is no file ${file}. Write it, or correct the comment.`;
  const shown = shownText(readFileSync(join(root, file), "utf8"), source);
  if (shown === undefined) {
    return `${file} has no region "${source.region}". Put its lines between \`// #region ${source.region}\` and \`// #endregion\`.`;
  }
  const text = shownAs === undefined ? shown : `// ${shownAs}\n${shown}`;
  return text.split("\n").map((line) => (line === "" ? "" : fence.indent + line));
}

const WITHOUT_SOURCE =
  "This code comes from nowhere: no test runs it. Put it into a file under examples/ or test/, write " +
  "`<!-- from examples/… -->` (or `<!-- from examples/…#region -->`) in the line before the fence, and run `npm run docs:pages`.";

const isTypeScript = ({ language }: Fence): boolean => /^(ts|tsx|typescript|js|javascript)$/.test(language);

/** The comment in the line before a fence. */
function sourceBefore(lines: readonly string[], { open }: Fence): SnippetSource | undefined {
  const comment = /^\s*<!-- from ([^\s#]+)(?:#(\S+))?(?: as (\S+))? -->\s*$/.exec(lines[open - 1] ?? "");
  const [, file, region, shownAs] = comment ?? [];
  return file === undefined ? undefined : { file, region, shownAs };
}

const MARK = /^\s*\/\/ #(region|endregion)\b/;

/** A file's or a region's text as a page shows it. */
function shownText(text: string, { region }: SnippetSource): string | undefined {
  if (region !== undefined) return regionText(text.split("\n"), region);
  const lines = text.replace(/^import [^;]+;\n/gm, "").split("\n");
  return dedented(lines.filter((line) => !MARK.test(line)));
}

function regionText(lines: readonly string[], region: string): string | undefined {
  const begin = lines.findIndex((line) => line.trim() === `// #region ${region}`);
  if (begin === -1) return undefined;
  const end = endOfRegion(lines, begin);
  return end === undefined ? undefined : dedented(lines.slice(begin + 1, end).filter((line) => !MARK.test(line)));
}

/** Regions may lie in one another. */
function endOfRegion(lines: readonly string[], begin: number): number | undefined {
  let depth = 0;
  for (let index = begin; index < lines.length; index += 1) {
    const [, mark] = MARK.exec(lines[index] ?? "") ?? [];
    if (mark === "region") depth += 1;
    if (mark === "endregion") depth -= 1;
    if (depth === 0) return index;
  }
  return undefined;
}

function dedented(lines: readonly string[]): string {
  const widths = lines.filter((line) => line.trim() !== "").map((line) => line.length - line.trimStart().length);
  const width = Math.min(...widths);
  return lines
    .map((line) => line.slice(width))
    .join("\n")
    .replace(/^\n+/, "")
    .trimEnd();
}
