import { mkdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import sparticuz from "@sparticuz/chromium";
import { type Browser, chromium } from "playwright-core";

/**
 * The Chromium that comes with the packages: nothing has to be installed on the machine. Close it after use.
 *
 * Started without the package's default flags, which switch web security off.
 */
export async function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await executablePath(),
    args: ["--no-sandbox", "--disable-gpu", "--font-render-hinting=none"], // the sandbox needs rights that containers lack
    headless: true,
  });
}

/**
 * The package unpacks into the temporary folder under a fixed name and takes whatever already lies there: with a folder
 * for each version, an upgrade does not start the browser of before.
 */
async function executablePath(): Promise<string> {
  const outer = process.env.TMPDIR;
  const folder = path.join(tmpdir(), `backline-chromium-${await packageVersion()}`);
  await mkdir(folder, { recursive: true });
  process.env.TMPDIR = folder;
  try {
    return await sparticuz.executablePath();
  } finally {
    if (outer === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = outer;
  }
}

/** Its `package.json` is not among its exports; the entry module lies one folder below it. */
async function packageVersion(): Promise<string> {
  const entry = new URL(import.meta.resolve("@sparticuz/chromium"));
  const { version } = JSON.parse(await readFile(new URL("../package.json", entry), "utf8")) as { version: string };
  return version;
}
