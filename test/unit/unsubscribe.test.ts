import { beforeEach, describe, expect, it } from "@jest/globals";

import { answerUnsubscribe } from "../../shared/broadcast/unsubscribe-route.ts";
import { unsubscribeUrl } from "../../shared/broadcast/unsubscribe.ts";
import { exampleSeller, type SellerSettings } from "../../shared/contracts/seller.ts";
import { SignedLinks } from "../../shared/links/signed-links.ts";
import { readSuppressions, recipientIdOf, suppress } from "../../shared/records/suppression.ts";
import { MemoryRecordStore } from "../support/memory-record-store.ts";
import { MemoryLog } from "../support/simulation.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const ada = { recipientId: recipientIdOf("ada@example.com"), broadcastId: "spring-2026" };
const PUBLIC_URL = "https://api.studio.example.com";

let records: MemoryRecordStore;
let clock: VirtualClock;
let keys: readonly string[];
let seller: () => Promise<SellerSettings>;
const links = new SignedLinks({ publicUrl: PUBLIC_URL, keys: () => Promise.resolve(keys) });

beforeEach(() => {
  records = new MemoryRecordStore();
  clock = new VirtualClock();
  keys = ["key-1"];
  seller = () => Promise.resolve(exampleSeller);
});

const tokenOf = async (of = ada) => (await unsubscribeUrl(links, of)).slice(`${PUBLIC_URL}/unsubscribe/`.length);

interface Sent {
  readonly body?: string;
  readonly language?: string;
}

async function request(method: "GET" | "POST", token: string, { body = "", language }: Sent = {}) {
  const settings = { read: () => seller() };
  const answer = await answerUnsubscribe(
    { links, records, settings, clock, log: new MemoryLog() },
    {
      method,
      headers: { ...(language !== undefined && { "accept-language": language }) },
      parameters: { token },
      body: Buffer.from(body),
    },
  );
  clock.advance(1_000);
  return { status: answer.status, html: "html" in answer ? answer.html : "" };
}

const ONE_CLICK = "List-Unsubscribe=One-Click";
const listed = () => readSuppressions(records, ada.recipientId);
const written = () => records.namesOf("suppression");

describe("the link in a broadcast's mail", () => {
  it("shows a page with one button, and changes nothing: mail scanners follow every link", async () => {
    const token = await tokenOf();
    const { status, html } = await request("GET", token);
    expect(status).toBe(200);
    expect(html).toContain("Studio Example");
    expect(html.match(/<button/g)).toHaveLength(1);
    expect(html).not.toMatch(/<script|<img|<link|src=|javascript:/);
    expect(written()).toEqual([]);
  });

  it("unsubscribes when its button is pressed", async () => {
    const { status, html } = await request("POST", await tokenOf(), { body: "action=unsubscribe" });
    expect(status).toBe(200);
    expect(html).toContain("You are unsubscribed from the news of Studio Example.");
    await expect(listed()).resolves.toEqual({
      marketing: { reason: "unsubscribed", at: "2026-01-01T00:00:00.000Z", broadcastId: "spring-2026" },
    });
  });

  it.each([
    ["as a form", ONE_CLICK],
    ["in parts", `--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n`],
    ["without a body", ""],
  ])("unsubscribes by a mail program's one click (RFC 8058), sent %s", async (_, body) => {
    const { status } = await request("POST", await tokenOf(), { body });
    expect(status).toBe(200);
    await expect(listed()).resolves.toHaveProperty("marketing.reason", "unsubscribed");
  });

  it("works at any later time, repeatedly, and keeps the first day", async () => {
    const token = await tokenOf();
    await request("POST", token, { body: ONE_CLICK });
    clock.advance(3 * 365 * 24 * 60 * 60_000);
    const again = await request("POST", token, { body: ONE_CLICK });
    const look = await request("GET", token);
    expect([again.status, look.status]).toEqual([200, 200]);
    expect(look.html).toContain("You are unsubscribed");
    await expect(listed()).resolves.toHaveProperty("marketing.at", "2026-01-01T00:00:00.000Z");
  });

  it("works although its key was replaced, twice", async () => {
    const token = await tokenOf();
    keys = ["key-3", "key-2", "key-1"];
    await request("POST", token, { body: ONE_CLICK });
    await expect(listed()).resolves.toHaveProperty("marketing");
  });

  it("lets a reader who pressed it by mistake come back, and leave again", async () => {
    const token = await tokenOf();
    await request("POST", token);
    const back = await request("POST", token, { body: "action=subscribe" });
    expect(back.html).toContain("You are subscribed to the news of Studio Example again.");
    await expect(listed()).resolves.not.toHaveProperty("marketing");
    await request("POST", token);
    await expect(listed()).resolves.toHaveProperty("marketing");
  });

  it("lifts no bounce when a reader comes back", async () => {
    const bounce = { scope: "all", reason: "hard_bounce", at: "2025-12-01T00:00:00.000Z" } as const;
    await suppress(records, ada.recipientId, bounce);
    await request("POST", await tokenOf(), { body: "action=subscribe" });
    await expect(listed()).resolves.toHaveProperty("all.reason", "hard_bounce");
  });

  it("unsubscribes nobody else", async () => {
    await request("POST", await tokenOf());
    expect(written()).toEqual([`${ada.recipientId}/-`]);
  });
});

describe("a link that we have not signed", () => {
  const forged = async (): Promise<readonly (readonly [string, string])[]> => {
    const token = await tokenOf();
    const [id = "", signature = ""] = token.split(".");
    const others = new SignedLinks({ publicUrl: PUBLIC_URL, keys: () => Promise.resolve(["another-key"]) });
    const bob = `${recipientIdOf("bob@example.com")}-spring-2026`;
    return [
      ["no token", ""],
      ["an id alone", id],
      ["a signature of another id", `${bob}.${signature}`],
      ["another key's signature", (await unsubscribeUrl(others, ada)).split("/").at(-1) ?? ""],
      ["a link for a file", (await links.url("file", id)).split("/").at(-1) ?? ""],
      ["a signature cut short", token.slice(0, -1)],
      ["a signature with a letter more", `${token}A`],
      ["a path", `../${token}`],
      ["a NUL", `${token}\u0000`],
    ];
  };

  it("is answered 404, and nothing is written, whatever is forged", async () => {
    for (const [what, token] of await forged()) {
      const answers = [await request("GET", token), await request("POST", token, { body: ONE_CLICK })];
      expect([what, ...answers.map(({ status }) => status)]).toEqual([what, 404, 404]);
      expect([what, ...answers.map(({ html }) => html.includes("<button"))]).toEqual([what, false, false]);
    }
    expect(written()).toEqual([]);
  });

  it("does not end up in the page", async () => {
    const { html } = await request("GET", "<script>alert(1)</script>");
    expect(html).not.toContain("script");
  });
});

describe("the unsubscribe page", () => {
  it.each([
    ["de-CH,de;q=0.9,en;q=0.5", "de", "Abmelden"],
    ["sv, nl;q=0.8", "nl", "Afmelden"],
    ["sv", "en", "Unsubscribe"],
    ["*;q=0.1, ,;;", "en", "Unsubscribe"],
    ["constructor", "en", "Unsubscribe"],
  ])(
    "speaks the first of the reader's languages (%s) that we write, else the seller's",
    async (language, lang, label) => {
      const { html } = await request("GET", await tokenOf(), { language });
      expect(html).toContain(`<html lang="${lang}">`);
      expect(html).toContain(`>${label}</button>`);
    },
  );

  it("speaks the seller's language to a reader who names none", async () => {
    seller = () => Promise.resolve({ ...exampleSeller, locale: "fr-BE" });
    const { html } = await request("GET", await tokenOf());
    expect(html).toContain(">Se désabonner</button>");
  });

  it("shows a seller's hostile name as text", async () => {
    seller = () => Promise.resolve({ ...exampleSeller, name: '<b onclick="x">Studio</b>\u202E' });
    const { html } = await request("GET", await tokenOf());
    expect(html).toContain("&lt;b onclick=&quot;x&quot;&gt;Studio&lt;/b&gt;");
    expect(html).not.toContain("\u202E");
  });

  it("does its work without the settings", async () => {
    seller = () => Promise.reject(new Error("There is no settings record."));
    const { status } = await request("POST", await tokenOf(), { body: ONE_CLICK });
    expect(status).toBe(200);
    await expect(listed()).resolves.toHaveProperty("marketing");
  });
});
