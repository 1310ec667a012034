import path from "node:path";
import { pathToFileURL } from "node:url";

import type { Browser, Page } from "playwright-core";

import { openBrowser } from "../browser.ts";

export interface View {
  readonly name: string;
  readonly widthPx: number;
  readonly colorScheme: "light" | "dark";
}

/** A phone and a desktop, by day and by night. */
export const VIEWS: readonly View[] = [375, 1280].flatMap((widthPx) =>
  (["light", "dark"] as const).map((colorScheme) => ({ name: `${widthPx}-${colorScheme}`, widthPx, colorScheme })),
);

export const viewFile = (kind: string, { name }: View): string => `${kind}-${name}.png`;

/**
 * Takes a picture of each kind's HTML file in a folder, in every view.
 *
 * @throws Error naming the mails that are wider than the screen, or that load something from the network.
 */
export async function photograph(kinds: readonly string[], folder: string): Promise<void> {
  const browser = await openBrowser();
  try {
    const problems: string[] = [];
    for (const view of VIEWS) problems.push(...(await photographView(browser, view, kinds, folder)));
    if (problems.length > 0) throw new Error(`These mails are not right:\n${problems.join("\n")}`);
  } finally {
    await browser.close();
  }
}

async function photographView(
  browser: Browser,
  view: View,
  kinds: readonly string[],
  folder: string,
): Promise<string[]> {
  const { widthPx, colorScheme } = view;
  const page = await browser.newPage({ viewport: { width: widthPx, height: 720 }, colorScheme });
  const problems: string[] = [];
  page.on("request", (request) => {
    if (/^https?:/.test(request.url())) problems.push(`${page.url()} loads something from the network`);
  });
  for (const kind of kinds) {
    await page.goto(pathToFileURL(path.join(folder, `${kind}.html`)).href);
    const wide = await overflowPx(page);
    if (wide > 0) problems.push(`${kind} is ${wide} px too wide for a screen of ${widthPx} px`);
    await page.screenshot({ path: path.join(folder, viewFile(kind, view)), fullPage: true });
  }
  await page.close();
  return problems;
}

/** Text for the page: this program has no types of a browser's. */
const OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth";

const overflowPx = (page: Page): Promise<number> => page.evaluate<number>(OVERFLOW);
