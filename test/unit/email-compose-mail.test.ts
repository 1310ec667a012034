import { describe, expect, test } from "@jest/globals";
import PostalMime from "postal-mime";

import { composeMail, type MailMessage, MailRefusedError } from "../../shared/email/compose-mail.ts";

const aMessage = (overrides: Partial<MailMessage> = {}): MailMessage => ({
  from: { name: "Studio Example", address: "invoices@studio.example.com" },
  to: "ada@buyer.example.com",
  subject: "Your invoice",
  html: "<p>Hello</p>",
  text: "Hello",
  ...overrides,
});

const parsed = async (overrides: Partial<MailMessage> = {}) => PostalMime.parse(await composeMail(aMessage(overrides)));

async function problemsOf(overrides: Partial<MailMessage>): Promise<readonly string[]> {
  const error: unknown = await composeMail(aMessage(overrides)).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(MailRefusedError);
  return error instanceof MailRefusedError ? error.problems : [];
}

describe("a composed mail", () => {
  test("reads back as it was written: parties, subject, text, HTML and file", async () => {
    const content = Uint8Array.from({ length: 300 }, (_, index) => index % 256);
    const mail = await parsed({
      replyTo: "support@studio.example.com",
      attachments: [{ filename: "Rechnung äöü.pdf", contentType: "application/pdf", content }],
      headers: { "Auto-Submitted": "auto-generated" },
      date: new Date("2026-11-22T10:00:00Z"),
    });
    expect(mail.from).toMatchObject({ name: "Studio Example", address: "invoices@studio.example.com" });
    expect(mail.to).toEqual([expect.objectContaining({ address: "ada@buyer.example.com" })]);
    expect(mail.replyTo).toEqual([expect.objectContaining({ address: "support@studio.example.com" })]);
    expect(mail).toMatchObject({ subject: "Your invoice", date: "2026-11-22T10:00:00.000Z" });
    expect(mail.text?.trim()).toBe("Hello");
    expect(mail.html?.trim()).toBe("<p>Hello</p>");
    expect(mail.attachments).toHaveLength(1);
    expect(mail.attachments[0]).toMatchObject({ filename: "Rechnung äöü.pdf", mimeType: "application/pdf" });
    const bytes = mail.attachments[0]?.content;
    expect(bytes instanceof ArrayBuffer && Buffer.from(bytes).equals(content)).toBe(true);
    expect(mail.headers).toContainEqual(expect.objectContaining({ key: "auto-submitted", value: "auto-generated" }));
  });

  test("has a message id in the sender's domain and ends every line with CRLF", async () => {
    const raw = Buffer.from(await composeMail(aMessage({ text: "one\ntwo\r\nthree" }))).toString("latin1");
    expect(raw).toMatch(/^Message-ID: <[\w-]+@studio\.example\.com>\r$/m);
    expect(raw.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
  });

  test("encodes names and subjects outside ASCII, and keeps every byte of the headers ASCII", async () => {
    const name = "Zoë, 株式会社 <x@evil.example> 😀";
    const overrides = { to: { name, address: "zoe@buyer.example.com" }, subject: "Rechnung für Zoë 😀" };
    const mail = await parsed(overrides);
    expect(mail.to).toEqual([expect.objectContaining({ name, address: "zoe@buyer.example.com" })]);
    expect(mail.subject).toBe("Rechnung für Zoë 😀");
    const raw = Buffer.from(await composeMail(aMessage(overrides))).toString("latin1");
    expect(raw.slice(0, raw.indexOf("\r\n\r\n"))).toMatch(/^[\t\r\n -~]*$/);
  });

  test.each([
    ["ada@buyer.example.com", undefined],
    ["Ada Buyer <ada@buyer.example.com>", "Ada Buyer"],
    ['"Buyer, Ada" <ada@buyer.example.com>', "Buyer, Ada"],
  ])("takes %s as one recipient", async (to, name) => {
    const mail = await parsed({ to });
    expect(mail.to).toEqual([expect.objectContaining({ address: "ada@buyer.example.com" })]);
    expect(mail.to?.[0]?.name || undefined).toBe(name);
  });
});

describe("a mail is refused", () => {
  test.each([
    ["two addresses", "a@x.example, b@x.example"],
    ["two addresses apart by a semicolon", "a@x.example; b@x.example"],
    ["a name with a comma outside quotes", "Buyer, Ada <ada@x.example>"],
    ["a group", "team: a@x.example, b@x.example;"],
    ["a group of one", "team: a@x.example;"],
    ["an empty address", ""],
    ["a line break that adds a header", "a@x.example\r\nBcc: b@x.example"],
    ["a lone line feed", "a@x.example\nb@x.example"],
    ["a quoted local part that hides an address", '"b@evil.example x"@x.example'],
    ["text after the address", "<a@x.example> b@evil.example"],
    ["no address at all", "Ada Buyer"],
    ["a comment", "a@x.example (b@evil.example)"],
  ])("when its recipient is %s", async (_what, to) => {
    expect(await problemsOf({ to })).toEqual(["`to` is not exactly one plain address"]);
  });

  test.each([
    ["a comma in the address", { address: "a@x.example,b@x.example" }],
    ["a line break in the name", { name: "A\r\nBcc: b@x.example", address: "a@x.example" }],
    ["a line separator in the name", { name: "A\u2028B", address: "a@x.example" }],
  ])("when its recipient has %s", async (_what, to) => {
    expect(await problemsOf({ to })).toHaveLength(1);
  });

  test("when a header is one of its own or breaks its line", async () => {
    const headers = { Bcc: "b@x.example", "X-Note": "a\r\nBcc: b@x.example", "Bad Name": "x" };
    expect(await problemsOf({ headers })).toHaveLength(3);
  });

  test("when a file's name is a path, its type is no media type or its content is no bytes", async () => {
    // What arrives from outside the type system: a path instead of bytes.
    const content = "/etc/passwd" as unknown as Uint8Array;
    const attachments = [{ filename: "../x.pdf", contentType: "pdf\r\nX: y", content }];
    expect(await problemsOf({ attachments })).toHaveLength(3);
  });

  test.each(["a b", "<image@mail>", "image@mail\r\nBcc: b@x.example", "", "x".repeat(101)])(
    "when an image's content id is %j",
    async (contentId) => {
      const image = { filename: "a.png", contentType: "image/png", content: Buffer.from("png"), contentId };
      expect(await problemsOf({ attachments: [image] })).toEqual(["attachment 1's `contentId` is not a content id"]);
    },
  );

  test("when two images have the same content id", async () => {
    const image = { filename: "a.png", contentType: "image/png", content: Buffer.from("png"), contentId: "image@mail" };
    expect(await problemsOf({ attachments: [image, image] })).toEqual(["two attachments have the same `contentId`"]);
  });

  test("with every problem named at once, and no address in the message", async () => {
    const error: unknown = await composeMail(
      aMessage({ to: "secret@x.example, b@x.example", from: "", subject: "a\nb" }),
    ).catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(/`subject`.*`from`.*`to`/);
    expect(String(error)).not.toContain("secret");
  });
});

test("a part of a larger buffer is attached, and nothing around it", async () => {
  const content = Buffer.from("secret file secret").subarray(7, 11);
  const mail = await parsed({ attachments: [{ filename: "a.txt", contentType: "text/plain", content }] });
  const bytes = mail.attachments[0]?.content;
  expect(bytes instanceof ArrayBuffer && Buffer.from(bytes).toString()).toBe("file");
});

test("an attachment that also carries a path or URL is sent as its bytes", async () => {
  const file = { filename: "a.txt", contentType: "text/plain", content: Buffer.from("bytes"), path: "/etc/passwd" };
  const mail = await parsed({ attachments: [file] });
  const bytes = mail.attachments[0]?.content;
  expect(bytes instanceof ArrayBuffer && Buffer.from(bytes).toString()).toBe("bytes");
});
