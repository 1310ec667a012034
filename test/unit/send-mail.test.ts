import { SESServiceException, type SESClient } from "@aws-sdk/client-ses";
import { describe, expect, it } from "@jest/globals";
import PostalMime from "postal-mime";

import { SesMailer } from "../../shared/aws/ses-mailer.ts";
import { exampleSeller } from "../../shared/contracts/seller.ts";
import type { EffectOptions } from "../../shared/engine/effects.ts";
import { EffectRefusedError } from "../../shared/errors/job-errors.ts";
import type { MailAttachment } from "../../shared/email/compose-mail.ts";
import { loadImage, loadImages } from "../../shared/email/mail-images.ts";
import type { FileLink } from "../../shared/email/mail-template.ts";
import { sendMail, type MailToSend } from "../../shared/email/send-mail.ts";
import type { OutgoingMail } from "../../shared/ports/mailer.ts";
import { followFileLink, revokeFileLink } from "../../shared/links/file-links.ts";
import { SignedLinks } from "../../shared/links/signed-links.ts";
import { recipientIdOf, suppress } from "../../shared/records/suppression.ts";
import { MemoryFileStore } from "../support/memory-file-store.ts";
import { MemoryRecordStore } from "../support/memory-record-store.ts";
import { MemoryLog } from "../support/simulation.ts";
import { START, VirtualClock } from "../support/virtual-clock.ts";

const MB = 1_000_000;

const aMail = (overrides: Partial<MailToSend> = {}): MailToSend => ({
  kind: "generic",
  to: { name: "Ada", address: "ada@example.com" },
  settings: exampleSeller,
  render: (files) => Promise.resolve({ subject: "Hello", html: "<p>Hello</p>", text: namesOf(files) }),
  ...overrides,
});
const namesOf = (files: readonly FileLink[]): string =>
  ["Hello", ...files.map(({ filename, url, until }) => `${filename} until ${until}: ${url}`)].join("\n");

const aFile = (filename: string, sizeBytes: number, isStored = true): MailAttachment => ({
  filename,
  contentType: "application/pdf",
  content: new Uint8Array(sizeBytes).fill(65),
  ...(isStored && { stored: { bucket: "invoices", key: `main/${filename}` } }),
});

/** A job that sends: its services in memory, its effect without a ledger, and what went out. */
function aJob({ refusal }: { refusal?: EffectRefusedError } = {}) {
  const sent: OutgoingMail[] = [];
  const order: string[] = [];
  const records = new MemoryRecordStore();
  const log = new MemoryLog();
  const links = new SignedLinks({ publicUrl: "https://api.example.com", keys: () => Promise.resolve(["key"]) });
  const services = {
    records,
    links,
    clock: new VirtualClock(),
    mailPace: { turn: ({ isBulk }: { isBulk: boolean }) => Promise.resolve(void order.push(`turn ${isBulk}`)) },
    mailer: {
      send: (mail: OutgoingMail) => {
        if (refusal !== undefined) return Promise.reject(refusal);
        sent.push(mail);
        return Promise.resolve({ id: `ses-${sent.length}` });
      },
    },
  };
  const effect = async (options: EffectOptions) => {
    order.push(`effect ${options.what ?? "-"} to ${options.to ?? "-"}, ${options.onUnknown}`);
    return { ...(await options.send({ jobId: "job-1", effect: "mail" })), at: START, source: "send" as const };
  };
  const job = { id: "job-1", log, signal: new AbortController().signal };
  return { sent, order, records, log, send: (mail: MailToSend) => sendMail(job, services, effect, mail) };
}

const parsed = (mail: OutgoingMail | undefined) => PostalMime.parse(mail?.raw ?? "");
const headersOf = (mail: OutgoingMail | undefined): string => {
  const raw = Buffer.from(mail?.raw ?? []).toString("latin1");
  return raw.slice(0, raw.indexOf("\r\n\r\n")).replaceAll(/\r\n[ \t]+/g, " ");
};

describe("sending a mail", () => {
  it("waits for its turn before the effect, and tells SES whose mail it is", async () => {
    const { send, order, sent } = aJob();
    await expect(send(aMail())).resolves.toEqual({ messageId: "ses-1" });
    expect(order).toEqual(["turn false", "effect Hello to ada@example.com, resend"]);
    expect(sent).toMatchObject([
      { jobId: "job-1", effect: "mail", kind: "generic", from: "invoices@studio.example.com", to: "ada@example.com" },
    ]);
    expect(sent[0]).not.toHaveProperty("broadcastId");
  });

  it("says of mail that was not written to an audience that nobody's absence note shall answer", async () => {
    const { send, sent } = aJob();
    await send(aMail());
    expect(headersOf(sent[0])).toMatch(/^Auto-Submitted: auto-generated$/m);
    expect(headersOf(sent[0])).not.toMatch(/List-Unsubscribe/i);
  });

  it("gives mail to an audience the headers of a one-click unsubscription, and is bulk to the limiter", async () => {
    const { send, sent, order } = aJob();
    const unsubscribeUrl = `https://api.example.com/unsubscribe/${"a".repeat(40)}-${"b".repeat(60)}.${"c".repeat(43)}`;
    await send(aMail({ broadcast: { id: "spring-2026", unsubscribeUrl }, sender: "marketing" }));
    const headers = headersOf(sent[0]);
    expect(headers).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click$/m);
    expect(/^List-Unsubscribe: +<(.*)>$/m.exec(headers)?.[1]).toBe(unsubscribeUrl);
    expect(sent).toMatchObject([{ broadcastId: "spring-2026" }]);
    expect(order).toEqual(["turn true", "effect - to -, resend"]);
  });

  it("comes from the sender that it names, in the header and on the envelope, if the settings have one", async () => {
    const { send, sent } = aJob();
    const billing = { name: "Billing", address: "billing@studio.example.com" };
    const settings = { ...exampleSeller, email: { ...exampleSeller.email, senders: { billing } } };
    await send(aMail({ settings, sender: "billing" }));
    await send(aMail({ settings, sender: "system" }));
    expect(sent.map(({ from }) => from)).toEqual(["billing@studio.example.com", "invoices@studio.example.com"]);
    expect((await parsed(sent[0])).from).toMatchObject(billing);
  });

  it.each([
    ["a list", { address: "a@x.example, b@x.example" }],
    ["a line break", { address: "a@x.example\r\nBcc: b@x.example" }],
    ["a header in the name", { name: "A\r\nBcc: b@x.example", address: "a@x.example" }],
    ["a group", { address: "team: a@x.example;" }],
  ])("refuses %s as a recipient, before anything is begun, without quoting it", async (_, to) => {
    const { send, order, sent } = aJob();
    const error: unknown = await send(aMail({ to })).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "MAIL_REFUSED" });
    expect(String(error)).not.toContain("x.example");
    expect([order, sent]).toEqual([[], []]);
  });

  it("says why it sends nothing to whom the suppression list names", async () => {
    const { send, sent, records, log } = aJob();
    const at = "2026-01-05T09:00:00Z";
    await suppress(records, recipientIdOf("ADA@example.com"), { scope: "all", reason: "complaint", at });
    await expect(send(aMail())).resolves.toEqual({ notSent: "complaint", since: at });
    expect(sent).toEqual([]);
    expect(log.lines).toMatchObject([{ level: "warn", fields: { mailKind: "generic", notSent: "complaint" } }]);
    const broadcast = { id: "spring-2026", unsubscribeUrl: "https://api.example.com/unsubscribe/x.y" };
    await expect(send(aMail({ broadcast }))).resolves.toMatchObject({ notSent: "complaint" });
    expect(log.lines).toHaveLength(1); // the recipient's result says it there
  });

  it.each([
    ["Throttling", 5_000],
    ["ThrottlingException", 5_000],
    ["DAILY_QUOTA_EXCEEDED", 900_000],
  ])("comes back later when SES says %s", async (code, delayMs) => {
    const { send } = aJob({ refusal: new EffectRefusedError(code, "no", { isPermanent: false }) });
    await expect(send(aMail())).rejects.toMatchObject({ name: "Snooze", when: { delayMs } });
  });

  it("passes any other refusal on", async () => {
    const refusal = new EffectRefusedError("MessageRejected", "no", { isPermanent: true });
    await expect(aJob({ refusal }).send(aMail())).rejects.toBe(refusal);
  });
});

describe("files that are too large for a mail", () => {
  it("become links from 7 MB on, the largest first; what then fits in is attached", async () => {
    const { send, sent, records } = aJob();
    const attachments = [aFile("small.pdf", 2 * MB), aFile("large.pdf", 11 * MB), aFile("other.pdf", 3 * MB)];
    await send(aMail({ attachments }));
    const mail = await parsed(sent[0]);
    expect(mail.attachments.map(({ filename }) => filename)).toEqual(["small.pdf", "other.pdf"]);
    expect(mail.text).toMatch(
      /large\.pdf until 2026-01-08: https:\/\/api\.example\.com\/files\/[0-9a-f]{32}\.[\w-]{43}/,
    );
    const id = /files\/([0-9a-f]{32})/.exec(mail.text ?? "")?.[1] ?? "";
    await expect(followFileLink(records, id, START)).resolves.toMatchObject({
      file: { bucket: "invoices", key: "main/large.pdf", filename: "large.pdf" },
    });
    expect(sent[0]?.raw.length).toBeLessThan(10 * MB);
  });

  it("are attached up to 7 MB in all", async () => {
    const { send, sent, records } = aJob();
    await send(aMail({ attachments: [aFile("one.pdf", 4 * MB), aFile("two.pdf", 3 * MB)] }));
    expect((await parsed(sent[0])).attachments).toHaveLength(2);
    expect(records.namesOf("file_link")).toEqual([]);
    await send(aMail({ attachments: [aFile("one.pdf", 4 * MB), aFile("two.pdf", 3 * MB + 1)] }));
    expect((await parsed(sent[1])).attachments.map(({ filename }) => filename)).toEqual(["two.pdf"]);
  });

  it("have the same link when the job sends again, revoked or not", async () => {
    const { send, sent, records } = aJob();
    const mail = aMail({ attachments: [aFile("large.pdf", 8 * MB)] });
    await send(mail);
    const [name = ""] = records.namesOf("file_link");
    await revokeFileLink(records, name.split("/")[0] ?? "", START);
    await send(mail);
    expect(records.namesOf("file_link")).toHaveLength(1);
    const [first, second] = await Promise.all(sent.map(parsed));
    expect(second?.text).toBe(first?.text);
  });

  it("make room for many words, too", async () => {
    const { send, sent } = aJob();
    const html = `<p>${"word ".repeat(200_000)}</p>`;
    const render = (files: readonly FileLink[]) => Promise.resolve({ subject: "Hello", html, text: namesOf(files) });
    await send(aMail({ render, attachments: [aFile("one.pdf", 4 * MB), aFile("two.pdf", 2.9 * MB)] }));
    expect((await parsed(sent[0])).attachments.map(({ filename }) => filename)).toEqual(["two.pdf"]);
  });

  it("that are stored nowhere fail the job for good, which says what to do", async () => {
    const { send, order } = aJob();
    const sending = send(aMail({ attachments: [aFile("large.pdf", 11 * MB, false)] }));
    await expect(sending).rejects.toMatchObject({
      code: "MAIL_TOO_LARGE",
      message: expect.stringContaining("store them in a bucket and say so in `stored`; then replay the job"),
    });
    expect(order).toEqual([]);
  });

  it("are never images that the mail shows", async () => {
    const image = { ...aFile("image.png", 8 * MB), contentType: "image/png", contentId: "image-1@mail" };
    await expect(aJob().send(aMail({ attachments: [image] }))).rejects.toMatchObject({ code: "MAIL_TOO_LARGE" });
  });
});

describe("images of a mail", () => {
  const png = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), Buffer.alloc(20)]);
  const jpeg = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(20)]);

  async function assets(files: Readonly<Record<string, Uint8Array>>): Promise<MemoryFileStore> {
    const store = new MemoryFileStore();
    for (const [key, body] of Object.entries(files)) {
      await store.putOnce({ bucket: "assets", key, body, contentType: "application/octet-stream" });
    }
    return store;
  }

  it("go inside it, by content id, and are no attachments", async () => {
    const { send, sent } = aJob();
    const files = await assets({ "logo.png": png, "vase.jpg": jpeg });
    const { attachments, images } = await loadImages(files, ["logo.png", "vase.jpg", "logo.png"], new MemoryLog());
    expect([...images]).toEqual([
      ["logo.png", "image-1@mail"],
      ["vase.jpg", "image-2@mail"],
    ]);
    const html = '<img src="cid:image-1@mail"><img src="cid:image-2@mail">';
    const render = () => Promise.resolve({ subject: "Hello", html, text: "Hello" });
    await send(aMail({ render, attachments: [...attachments, aFile("invoice.pdf", 10)] }));
    const mail = await parsed(sent[0]);
    expect(mail.attachments).toMatchObject([
      { contentId: "<image-1@mail>", disposition: "inline", mimeType: "image/png", related: true },
      { contentId: "<image-2@mail>", disposition: "inline", mimeType: "image/jpeg", related: true },
      { filename: "invoice.pdf", disposition: "attachment" },
    ]);
    expect(headersOf(sent[0])).toMatch(/^Content-Type: multipart\/mixed/m);
  });

  it.each([
    ["is no PNG or JPEG, whatever its name says", Buffer.from("<svg onload='x()'/>"), "neither PNG nor JPEG"],
    ["is empty", Buffer.alloc(0), "neither PNG nor JPEG"],
    ["is over 200 KB", Buffer.concat([png, Buffer.alloc(200 * 1024)]), "over 200 KB"],
  ])("leave out one that %s, with a warning", async (_, body, warning) => {
    const log = new MemoryLog();
    const { attachments, images } = await loadImages(await assets({ "a.png": body }), ["a.png"], log);
    expect([attachments, images.size]).toEqual([[], 0]);
    expect(log.lines).toMatchObject([
      { level: "warn", message: expect.stringContaining(warning), fields: { key: "a.png" } },
    ]);
  });

  it.each(["NoSuchKey", "AccessDenied"])("leave out one for which S3 says %s", async (name) => {
    const log = new MemoryLog();
    const files = {
      putOnce: () => Promise.resolve(true),
      remove: () => Promise.resolve(),
      get: () => Promise.reject(Object.assign(new Error("no"), { name })),
    };
    await expect(loadImage(files, "a.png", log)).resolves.toBeUndefined();
    expect(log.lines).toMatchObject([{ message: expect.stringContaining("not in the assets bucket") }]);
  });

  it("fail the attempt when S3 is out of reach: another one may get them", async () => {
    const files = {
      putOnce: () => Promise.resolve(true),
      get: () => Promise.reject(new Error("timed out")),
      remove: () => Promise.resolve(),
    };
    await expect(loadImages(files, ["a.png"], new MemoryLog())).rejects.toThrow("timed out");
  });

  it("are twelve at most", async () => {
    const keys = Array.from({ length: 13 }, (_, index) => `${index}.png`);
    const files = await assets(Object.fromEntries(keys.map((key) => [key, png])));
    const log = new MemoryLog();
    const { attachments, images } = await loadImages(files, keys, log);
    expect([attachments.length, images.has("11.png"), images.has("12.png")]).toEqual([12, true, false]);
    expect(log.lines).toHaveLength(1);
  });
});

describe("what SES is told of a mail, and tells us", () => {
  const outgoing = {
    raw: Buffer.from("x"),
    from: "a@example.com",
    to: "ada@example.com",
    jobId: "job-1",
    effect: "mail",
  };

  async function tagsOf(mail: OutgoingMail): Promise<unknown> {
    let tags: unknown;
    const send = ({ input }: { readonly input: { readonly Tags: unknown } }) => {
      tags = input.Tags;
      return Promise.resolve({ MessageId: "ses-1" });
    };
    // The mailer uses of a client only `send`.
    await new SesMailer({ send } as unknown as SESClient, "set").send(mail);
    return tags;
  }

  it("is five tags, always, without the address", async () => {
    const recipient = { Name: "backline_recipient", Value: "b5fc85e55755f9e0d030a10ab4429b6b2944855f" };
    await expect(tagsOf({ ...outgoing, kind: "marketing", broadcastId: "spring-2026" })).resolves.toEqual([
      { Name: "backline_job", Value: "job-1" },
      { Name: "backline_effect", Value: "mail" },
      recipient,
      { Name: "backline_kind", Value: "marketing" },
      { Name: "backline_broadcast", Value: "spring-2026" },
    ]);
    await expect(tagsOf(outgoing)).resolves.toEqual(
      expect.arrayContaining([
        recipient,
        { Name: "backline_kind", Value: "other" },
        { Name: "backline_broadcast", Value: "none" },
      ]),
    );
  });

  it.each([
    ["Throttling", "Maximum sending rate exceeded.", "Throttling"],
    ["ThrottlingException", "Maximum sending rate exceeded.", "ThrottlingException"],
    ["Throttling", "Daily message quota exceeded.", "DAILY_QUOTA_EXCEEDED"],
  ])("tells the day's quota from the rate: %s, %s", async (name, message, code) => {
    const error = new SESServiceException({ name, message, $fault: "client", $metadata: {} });
    const client = { send: () => Promise.reject(error) } as unknown as SESClient; // as above
    await expect(new SesMailer(client, "set").send(outgoing)).rejects.toMatchObject({ code, isPermanent: false });
  });
});
