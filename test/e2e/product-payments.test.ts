import { randomBytes } from "node:crypto";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { createClient, type BacklineClient } from "../../client/index.ts";
import { exampleGiftCardOrder, exampleShopOrder, payExample } from "../../local/example-payment.ts";
import { sampleGiftCard } from "../../local/emails/samples.ts";
import { parseMime } from "../../local/mail/mail-store.ts";
import { startRuntime, type Runtime } from "../../local/runtime.ts";
import { openStores } from "../../local/runtime-stores.ts";
import { seed } from "../../local/seed.ts";
import { orderStatus } from "../../shared/catalog/billing.ts";
import { email } from "../../shared/catalog/messaging.ts";
import { jobIdFor } from "../../shared/engine/new-job.ts";
import { revokeFileLink } from "../../shared/links/file-links.ts";
import { issueGiftCard, readGiftCard, redeemable } from "../../shared/records/gift-card.ts";
import { readOrder } from "../../shared/records/order.ts";
import { waitForFact } from "../support/facts.ts";
import { standardAssembly } from "../support/standard-assembly.ts";

let runtime: Runtime;
let stores: ReturnType<typeof openStores>;
let client: BacklineClient;
let before: NodeJS.ProcessEnv;

beforeAll(async () => {
  runtime = await startRuntime({
    assemblyDir: await standardAssembly(),
    quiet: true,
    print: () => {},
    seed,
    mailEventLagMs: 100,
  });
  stores = openStores(runtime.info);
  before = { ...process.env };
  Object.assign(process.env, runtime.info.environment); // where the client looks
  client = createClient();
}, 60_000);
afterAll(async () => {
  client.close();
  await runtime.stop();
  process.env = before;
}, 20_000);

const completed = (jobId: string) =>
  waitForFact(`${jobId} completed`, async () => {
    const job = await stores.jobs.get(jobId);
    return job?.status === "completed" ? job : undefined;
  });
const mailsOf = (jobId: string) => runtime.mails().filter(({ tags }) => tags["backline_job"] === jobId);

describe("a paid gift card", () => {
  it("is an invoice and a receipt to the buyer, and the card to the recipient", async () => {
    const order = exampleGiftCardOrder();
    await payExample(runtime.info, order);
    const invoice = await completed(jobIdFor("invoice_email", order.orderId));
    const delivery = await completed(jobIdFor("gift_card_delivery", order.orderId));
    expect(mailsOf(invoice.id).map(({ to }) => to)).toEqual([["zoe@example.com"]]);
    expect(mailsOf(delivery.id).map(({ to }) => to)).toEqual([["zoe@example.com"], ["juergen@example.com"]]);
    const card = await readGiftCard(stores.records, order.orderId);
    const pdf = await stores.files.get("giftcards", card?.pdfKey ?? "");
    const mail = await parseMime(mailsOf(delivery.id)[1]?.raw ?? Buffer.alloc(0));
    const attached = mail.attachments.find(({ mimeType }) => mimeType === "application/pdf")?.content;
    expect(Buffer.compare(Buffer.from(attached as ArrayBuffer), pdf)).toBe(0); // as `parseMime` asks for it
    const [code = ""] = /(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}/.exec(mail.text ?? "") ?? [];
    await expect(redeemable(stores.records, code.toLowerCase())).resolves.toEqual(card);
    expect(runtime.logs().filter(({ text }) => text.includes(code))).toEqual([]);
  });
});

describe("a card whose PDF is too large for a mail", () => {
  it("is fetched by a link of the mail, until it is revoked; a forged one leads nowhere", async () => {
    const pdfKey = "main/2026/ord_large.pdf";
    const pdf = randomBytes(8_000_000);
    await stores.files.putOnce({ bucket: "giftcards", key: pdfKey, body: pdf, contentType: "application/pdf" });
    const { code: _, ...card } = sampleGiftCard;
    await issueGiftCard(stores.records, { ...card, orderId: "ord_large", pdfKey });
    const { id } = await client.enqueue(email, { type: "gift_card", data: { orderId: "ord_large" } });
    await completed(id);
    const { attachments, text = "" } = await parseMime(mailsOf(id)[0]?.raw ?? Buffer.alloc(0));
    expect(attachments.filter(({ mimeType }) => mimeType === "application/pdf")).toEqual([]);
    const [link = ""] = /http\S+\/files\/\S+/.exec(text) ?? [];
    const answer = await fetch(link, { redirect: "manual" });
    expect(answer.status).toBe(302);
    expect(new URL(answer.headers.get("location") ?? "").searchParams.get("X-Amz-Expires")).toBe("60");
    expect(Buffer.compare(Buffer.from(await (await fetch(link)).arrayBuffer()), pdf)).toBe(0);

    const forged = link.replace(/.{5}$/, "AAAAA");
    expect((await fetch(forged, { redirect: "manual" })).status).toBe(404);
    const linkId = /files\/([0-9a-f]{32})\./.exec(link)?.[1] ?? "";
    await revokeFileLink(stores.records, linkId, Date.now());
    expect((await fetch(link, { redirect: "manual" })).status).toBe(410);
  }, 60_000);
});

describe("a paid order of a shop's goods", () => {
  it("is a confirmation with pictures that come with the mail, and no invoice", async () => {
    const order = exampleShopOrder();
    await payExample(runtime.info, order);
    const { id } = await completed(jobIdFor("order_confirmation", order.orderId));
    const mail = await parseMime(mailsOf(id)[0]?.raw ?? Buffer.alloc(0));
    const [picture] = mail.attachments;
    expect(picture?.mimeType).toBe("image/png");
    expect(mail.html).toContain(`cid:${picture?.contentId?.replaceAll(/[<>]/g, "")}`);
    expect(mail.text).toContain("Ölbergstraße 3");
    await expect(stores.jobs.get(jobIdFor("invoice_email", order.orderId))).resolves.toBeUndefined();
  });

  it("that is shipped is told once, however often that is said", async () => {
    const order = exampleShopOrder();
    await payExample(runtime.info, order);
    await completed(jobIdFor("order_confirmation", order.orderId));
    const change = { orderId: order.orderId, status: "shipped" as const, carrier: "PostNL", trackingNumber: "3S01" };
    const said = await Promise.all([1, 2, 3].map(() => client.enqueue(orderStatus, change)));
    for (const { id } of said) await completed(id);
    const mail = await completed(jobIdFor("email", `${order.orderId}-shipped`));
    expect(mailsOf(mail.id)).toHaveLength(1);
    expect(runtime.mails().filter(({ raw }) => raw.toString().includes("3S01"))).toHaveLength(1);
    await expect(readOrder(stores.records, order.orderId)).resolves.toMatchObject({
      body: { fulfilment: { status: "shipped", history: [{ status: "shipped", toldBy: mail.id }] } },
    });
  });
});
