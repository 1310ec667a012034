import sparticuz from "@sparticuz/chromium";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Browser, chromium } from "playwright-core";

import { payExample } from "../../local/example-payment.ts";
import { type Runtime, startRuntime } from "../../local/runtime.ts";
import { seed } from "../../local/seed.ts";
import { standardAssembly } from "../support/standard-assembly.ts";

let runtime: Runtime;
let browser: Browser;

beforeAll(async () => {
  runtime = await startRuntime({ assemblyDir: await standardAssembly(), seed, payExample, quiet: true });
  browser = await chromium.launch({
    executablePath: await sparticuz.executablePath(),
    args: ["--no-sandbox", "--disable-gpu"],
    headless: true,
  });
}, 90_000);
afterAll(async () => {
  await browser?.close();
  await runtime?.stop();
}, 30_000);

test("a visitor presses the mailbox's button in a real browser and reads the invoice's mail", async () => {
  const page = await browser.newPage();
  await page.goto(runtime.info.mailbox);
  await page.getByText("No mail yet").waitFor();
  await page.getByRole("button", { name: "Pay an example order" }).click();
  const item = page.locator(".list a", { hasText: "Your invoice" });
  await item.waitFor(); // the list refreshes by itself
  const mail = runtime.mails().find(({ subject }) => subject.startsWith("Your invoice"));
  expect(mail?.to).toEqual(["zoe@example.com"]);
  await item.click();
  expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe(mail?.subject);
  expect(await page.locator(".files a").allTextContents()).toEqual([expect.stringMatching(/\.pdf$/)]);
  expect(await page.frameLocator("iframe").locator("body").textContent()).toContain("Stoneware vase");
  await page.goBack();
  await page.getByRole("link", { name: "WhatsApp and SMS" }).click();
  await page.waitForURL(runtime.info.messages);
}, 60_000);
