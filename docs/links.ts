/** Checks that the links between our pages lead somewhere: to a file that exists, and to a heading that its page has. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

import Slugger from "github-slugger";

import { pageLines } from "./page-lines.ts";

interface Link {
  readonly line: number;
  readonly target: string;
}

/** Every link of a page that leads nowhere, with what is missing. Links to other sites are not looked at. */
export function brokenLinks(root: string, page: string): string[] {
  return linksOf(readFileSync(join(root, page), "utf8")).flatMap(({ line, target }) => {
    const problem = problemOf(root, page, target);
    return problem === undefined ? [] : [`${page}:${line}: ${problem}`];
  });
}

function problemOf(root: string, page: string, target: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return undefined;
  const [path = "", heading] = target.split("#").map(decodeURIComponent);
  const file = path === "" ? page : normalize(join(dirname(page), path));
  if (!existsSync(join(root, file))) return `there is no ${file}`;
  if (heading === undefined || !file.endsWith(".md")) return undefined;
  const anchors = anchorsOf(readFileSync(join(root, file), "utf8"));
  return anchors.has(heading) ? undefined : `${file} has no heading #${heading}`;
}

/** `[text](target)`, `![text](target)` and `[label]: target`, outside code. */
function linksOf(page: string): Link[] {
  return pageLines(page).flatMap(({ text, isCode }, index) => {
    if (isCode) return [];
    const prose = text.replaceAll(/`[^`]*`/g, "``");
    const inline = prose.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g);
    const defined = prose.matchAll(/^\s*\[[^\]]+\]:\s*<?([^\s>]+)/g);
    return [...inline, ...defined].map(([, target = ""]) => ({ line: index + 1, target }));
  });
}

/** The anchors that GitHub gives a page's headings, and those it sets itself. */
function anchorsOf(page: string): ReadonlySet<string> {
  const slugger = new Slugger();
  const prose = pageLines(page).filter(({ isCode }) => !isCode);
  const headings = prose.flatMap(({ text }) => /^\s{0,3}#{1,6}\s+(.*?)\s*#*\s*$/.exec(text)?.[1] ?? []);
  const set = prose.flatMap(({ text }) => [...text.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, id = ""]) => id));
  return new Set([...headings.map((heading) => slugger.slug(headingText(heading))), ...set]);
}

/** What of a heading is read: no backticks, no stars, of links only their text. */
const headingText = (heading: string): string =>
  heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").replaceAll(/[`*]/g, "");
