import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, expect, test } from "@jest/globals";

import { writeGallery } from "../../local/emails/gallery.ts";
import { MAIL_KINDS } from "../../shared/contracts/mail-kinds.ts";
import { attributeValues } from "../support/mail-reader.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "backline-gallery-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("the gallery has every kind of mail and the invoice's, as HTML and text, and an index that leads to each", async () => {
  await writeFile(path.join(folder, "of-before.html"), "");
  await writeGallery({ folder, locale: "en-GB", withPng: false });
  const files = ["invoice", ...MAIL_KINDS].flatMap((kind) => [`${kind}.html`, `${kind}.txt`]);
  expect((await readdir(folder)).toSorted()).toEqual([...files, "index.html"].toSorted());
  const index = await readFile(path.join(folder, "index.html"), "utf8");
  expect(attributeValues(index, "href").toSorted()).toEqual(files.toSorted());
});

test("a mail of the gallery carries its pictures, in the language asked for", async () => {
  await writeGallery({ folder, locale: "nl-NL", withPng: false });
  const html = await readFile(path.join(folder, "order_confirmation.html"), "utf8");
  const sources = attributeValues(html, "src");
  expect(sources.map((source) => source.slice(0, 26))).toEqual([
    "data:image/png;base64,iVBO",
    "data:image/png;base64,iVBO",
    "data:image/png;base64,iVBO",
  ]);
  expect(html).toContain("Bedankt voor uw bestelling");
});
