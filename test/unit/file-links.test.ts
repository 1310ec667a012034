import { S3Client } from "@aws-sdk/client-s3";
import { describe, expect, it } from "@jest/globals";

import { PresignedFiles } from "../../shared/aws/presigned-files.ts";
import { exampleSeller } from "../../shared/contracts/seller.ts";
import { fileAnswer } from "../../shared/links/file-answer.ts";
import { createFileLink, followFileLink, revokeFileLink, type LinkedFile } from "../../shared/links/file-links.ts";
import { linkPage } from "../../shared/links/link-page.ts";
import { SignedLinks } from "../../shared/links/signed-links.ts";
import { MemoryRecordStore } from "../support/memory-record-store.ts";
import { START, VirtualClock } from "../support/virtual-clock.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const file: LinkedFile = {
  bucket: "invoices",
  key: "main/2026/INV-1.pdf",
  filename: "Rechnung “1”.pdf",
  contentType: "application/pdf",
};

const signed = (...keys: string[]) =>
  new SignedLinks({ publicUrl: "https://api.example.com", keys: () => Promise.resolve(keys) });
const tokenOf = (url: string): string => url.slice(url.lastIndexOf("/") + 1);

/** The route with everything behind it, in memory; S3 is only told of by name. */
async function aRoute({ hasSettings = true } = {}) {
  const records = new MemoryRecordStore();
  const clock = new VirtualClock();
  const links = signed("key-1");
  const ports = {
    links,
    records,
    clock,
    settings: { read: () => (hasSettings ? Promise.resolve(exampleSeller) : Promise.reject(new Error("missing"))) },
    presign: ({ bucket, key }: LinkedFile) => Promise.resolve(`https://s3.example.com/${bucket}/${key}`),
  };
  const { id } = await createFileLink(records, { jobId: "job-1", file, now: START });
  const token = tokenOf(await links.url("file", id));
  return { records, clock, links, id, token, follow: (other = token) => fileAnswer(ports, other) };
}

describe("a link to a file", () => {
  it("leads to the file for seven days", async () => {
    const { clock, follow } = await aRoute();
    const there = { status: 302, location: "https://s3.example.com/invoices/main/2026/INV-1.pdf" };
    await expect(follow()).resolves.toEqual(there);
    clock.advance(7 * DAY_MS - 1);
    await expect(follow()).resolves.toEqual(there);
  });

  it("says after that that it is over, and whom to ask", async () => {
    const { clock, follow } = await aRoute();
    clock.advance(7 * DAY_MS);
    const answer = await follow();
    expect(answer).toMatchObject({ status: 410, html: expect.stringContaining("support@studio.example.com") });
    expect(answer).toMatchObject({ html: expect.stringContaining("Studio Example") });
  });

  it("says so without the seller's name where the settings cannot be read", async () => {
    const { clock, follow } = await aRoute({ hasSettings: false });
    clock.advance(7 * DAY_MS);
    await expect(follow()).resolves.toMatchObject({ status: 410, html: expect.stringContaining("Ask whoever sent") });
  });

  it("says so when its record is gone, for its signature is ours", async () => {
    const { follow, links } = await aRoute();
    const token = tokenOf(await links.url("file", "0123456789abcdef0123456789abcdef"));
    await expect(follow(token)).resolves.toMatchObject({ status: 410 });
  });

  it("leads nowhere once it is revoked, for good", async () => {
    const { records, id, follow } = await aRoute();
    await expect(revokeFileLink(records, id, START + 1)).resolves.toMatchObject({ filename: "Rechnung “1”.pdf" });
    await expect(revokeFileLink(records, id, START + 9)).resolves.toMatchObject({
      revokedAt: "2026-01-01T00:00:00.001Z",
    });
    await expect(follow()).resolves.toMatchObject({ status: 410 });
    await createFileLink(records, { jobId: "job-1", file, now: START + 10 * DAY_MS });
    await expect(followFileLink(records, id, START + 10 * DAY_MS)).resolves.toEqual({ state: "over" });
    await expect(revokeFileLink(records, "nobody", START)).resolves.toBeUndefined();
  });

  it("is nothing when it is forged, cut, of another purpose or of another key, and no record is read", async () => {
    const { token, links, id, follow } = await aRoute();
    const [, signature = ""] = token.split(".");
    const forged = [
      "",
      "x",
      id,
      `${id}.`,
      `${id}.${"A".repeat(43)}`,
      `${id.replace(/^./, (digit) => (digit === "0" ? "1" : "0"))}.${signature}`,
      `${token}A`,
      tokenOf(await links.url("unsubscribe", id)),
      tokenOf(await signed("another key").url("file", id)),
      `../${token}`,
    ];
    for (const each of forged) await expect(follow(each)).resolves.toMatchObject({ status: 404 });
  });

  it("goes on working when its key is no longer the first", async () => {
    const { links, id } = await aRoute();
    const token = tokenOf(await links.url("file", id));
    await expect(signed("key-2", "key-1").verify("file", token)).resolves.toBe(id);
    await expect(signed("key-2").verify("file", token)).resolves.toBeUndefined();
  });

  it("is the same for the same job and file, with its first day, until less than a day of it is left", async () => {
    const records = new MemoryRecordStore();
    const at = (now: number, jobId = "job-1") => createFileLink(records, { jobId, file, now });
    const first = await at(START);
    expect(first).toEqual({ id: expect.stringMatching(/^[0-9a-f]{32}$/), until: "2026-01-08T00:00:00.000Z" });
    await expect(at(START + 6 * DAY_MS)).resolves.toEqual(first);
    await expect(at(START + 6 * DAY_MS + 1)).resolves.toEqual({ id: first.id, until: "2026-01-14T00:00:00.001Z" });
    expect((await at(START, "job-2")).id).not.toBe(first.id);
  });
});

describe("a presigned URL", () => {
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" };
  const client = new S3Client({ region: "eu-west-1", credentials });
  const presigned = new PresignedFiles(client, (bucket) => `backline-${bucket}`);

  it("is good for a minute, and saves the file under its name", async () => {
    const url = new URL(await presigned.url(file));
    expect(url.host + url.pathname).toBe("backline-invoices.s3.eu-west-1.amazonaws.com/main/2026/INV-1.pdf");
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      "X-Amz-Expires": "60",
      "response-content-type": "application/pdf",
      "response-content-disposition":
        "attachment; filename=\"Rechnung _1_.pdf\"; filename*=UTF-8''Rechnung%20%E2%80%9C1%E2%80%9D.pdf",
    });
  });

  it.each(['a".pdf', "a\r\nSet-Cookie: x=1.pdf", "a;b=c.pdf", "\uD800.pdf", "‮fdp.exe"])(
    "adds nothing to the header for a file called %j",
    async (filename) => {
      const url = new URL(await presigned.url({ ...file, filename }));
      const header = url.searchParams.get("response-content-disposition");
      expect(header).toMatch(/^attachment; filename="[A-Za-z0-9._ -]*"; filename\*=UTF-8''[A-Za-z0-9._~%!-]*$/);
    },
  );
});

describe("a link's page", () => {
  it("shows what it is given as text", () => {
    const html = linkPage({ title: `<script>"'&`, paragraphs: ["</main><b>x</b>"], button: `">go` });
    expect(html).toContain("&lt;script&gt;&quot;&#39;&amp;");
    expect(html).toContain("<p>&lt;/main&gt;&lt;b&gt;x&lt;/b&gt;</p>");
    expect(html).toContain('<form method="post"><button type="submit">&quot;&gt;go</button></form>');
  });
});
