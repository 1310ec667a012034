import { request as sendRequest } from "node:http";

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import * as z from "zod";

import { type Listener, openListeners } from "../../local/listener.ts";
import { MailStore } from "../../local/mail/mail-store.ts";
import { createMailbox } from "../../local/mail/mailbox.ts";
import { MailEvents } from "../../local/mail/mail-events.ts";
import { EventBus } from "../../local/events/event-bus.ts";

const HOSTILE = `<script>alert("1")</script>`;
const RAW = [
  `From: Shop <shop@example.com>`,
  `To: ada@example.org`,
  `Subject: ${HOSTILE}`,
  `MIME-Version: 1.0`,
  `Content-Type: multipart/mixed; boundary=b`,
  ``,
  `--b`,
  `Content-Type: text/html`,
  ``,
  `<b>Hi</b>${HOSTILE}<img src="cid:logo">`,
  `--b`,
  `Content-Type: image/png`,
  `Content-ID: <logo>`,
  `Content-Transfer-Encoding: base64`,
  `Content-Disposition: attachment; filename="lo go.png"`,
  ``,
  `iVBORw==`,
  `--b--`,
].join("\r\n");

const mail = {
  messageId: "id-1",
  at: new Date("2026-11-22T08:00:00Z"),
  from: "shop@example.com",
  to: ["ada@example.org"],
  subject: HOSTILE,
  tags: { backline_job: `j"><i>` },
  configurationSet: "set",
  functionName: "backline-invoice_email",
  raw: Buffer.from(RAW),
};

let listener: Listener;
let mails: MailStore;

beforeAll(async () => {
  const [opened] = await openListeners([{ purpose: "the test", port: 0 }]);
  if (opened === undefined) throw new Error("no listener");
  listener = opened;
});
afterAll(async () => {
  await listener.close();
});
beforeEach(() => {
  mails = new MailStore();
  listener.handle(createMailbox(mails));
});

async function get(path: string, headers: Record<string, string> = {}) {
  const response = await fetch(listener.url + path, { headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

describe("the mailbox", () => {
  test("says so when it is empty", async () => {
    expect((await get("/")).text).toContain("No mail yet");
  });

  test("escapes whatever a mail says, in the list and on its page", async () => {
    mails.add(mail);
    for (const path of ["/", "/mails/id-1"]) {
      const { text, headers } = await get(path);
      expect(text).toContain("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;");
      expect(text).not.toContain("<script");
      expect(text).not.toContain("<i>");
      expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    }
  });

  test("shows a mail's HTML in a frame that may neither run nor load anything", async () => {
    mails.add(mail);
    expect((await get("/mails/id-1")).text).toContain('<iframe sandbox="" src="/mails/id-1/html"');
    const { text, headers } = await get("/mails/id-1/html");
    expect(headers.get("content-security-policy")).toMatch(/^sandbox; default-src 'none'/);
    expect(text).toContain('<img src="data:image/png;base64,iVBORw==">');
  });

  test("gives attachments and the raw message as files, byte by byte", async () => {
    mails.add(mail);
    const attachment = await get("/mails/id-1/attachments/0");
    expect(attachment.headers.get("content-disposition")).toBe("attachment; filename*=UTF-8''lo%20go.png");
    expect(attachment.headers.get("content-type")).toBe("application/octet-stream");
    expect((await get("/mails/id-1/raw.eml")).text).toBe(RAW);
    expect((await get("/mails/id-1/raw")).headers.get("content-type")).toBe("text/plain; charset=utf-8");
  });

  test("lists what tells mails apart: kind, job, broadcast and files, but no inline picture", async () => {
    const tags = { backline_job: "email-7", backline_kind: "generic", backline_recipient: "b5fc85e5" };
    const raw = Buffer.from(RAW.replace("Content-Disposition: attachment", "Content-Disposition: inline"));
    mails.add({ ...mail, tags: { ...tags, backline_broadcast: "none" }, raw });
    const { text } = await get("/");
    expect([...text.matchAll(/<span class="chip(?: tag)?">([^<]*)</g)].map(([, chip]) => chip)).toEqual([
      "generic",
      "email-7",
    ]);
    expect((await get("/mails/id-1")).text).toMatch(/lo go\.png<\/a>\s*<small>image\/png, 1 KB, in the text</);
  });

  test("lists the newest two hundred, and says how many there are", async () => {
    for (let count = 1; count <= 201; count += 1) mails.add({ ...mail, messageId: `id-${count}` });
    expect((await get("/")).text).toContain("201 mails, the newest 200 are listed");
  });

  test("lists mails as JSON", async () => {
    mails.add(mail);
    expect(JSON.parse((await get("/mails.json")).text)).toEqual([
      expect.objectContaining({
        messageId: "id-1",
        to: ["ada@example.org"],
        tags: mail.tags,
        at: "2026-11-22T08:00:00.000Z",
        attachments: [{ filename: "lo go.png", mimeType: "image/png", sizeBytes: 4 }],
      }),
    ]);
  });

  test.each(["/mails/nobody", "/mails/id-1/attachments/7", "/mails/id-1/other", "/other", "//x", "/mails/%E0"])(
    "answers %s with 404",
    async (path) => {
      mails.add(mail);
      expect((await get(path)).status).toBe(404);
    },
  );
});

describe("the time of a mail", () => {
  test("is the same in the list and on its page, with its zone", async () => {
    mails.add(mail);
    const [, listed = "none"] = /<time[^>]*>([^<]+)</.exec((await get("/")).text) ?? [];
    const [, shown = "none"] = /<dt>Sent<\/dt>\s*<dd>([^<]+) by /.exec((await get("/mails/id-1")).text) ?? [];
    expect(listed).toMatch(/^\d\d:\d\d:\d\d \S+$/);
    expect(shown).toMatch(/^2026-11-2\d \d\d:\d\d:\d\d \S+$/);
    expect(shown.endsWith(` ${listed}`)).toBe(true);
  });
});

describe("the button that pays an example order", () => {
  let paid: number;
  beforeEach(() => {
    paid = 0;
    listener.handle(
      createMailbox(mails, async () => {
        paid += 1;
      }),
    );
  });

  /** With the headers that a browser would not let a page choose. */
  function press(headers: Record<string, string>, method = "POST"): Promise<{ status?: number; location?: string }> {
    return new Promise((resolve, reject) => {
      sendRequest(`${listener.url}/example-order`, { method, headers }, (response) => {
        response.resume();
        const { statusCode: status, headers: answered } = response;
        resolve({ ...(status && { status }), ...(answered.location && { location: answered.location }) });
      })
        .on("error", reject)
        .end();
    });
  }

  test("is there, and pays when the mailbox's own page posts", async () => {
    expect((await get("/")).text).toContain("<button>Pay an example order</button>");
    expect(await press({ origin: listener.url })).toEqual({ status: 303, location: "/?soon=10" });
    expect(paid).toBe(1);
  });

  test("works under every name of this machine", async () => {
    const host = `localhost:${listener.port}`;
    expect(await press({ host, origin: `http://${host}` })).toMatchObject({ status: 303 });
  });

  test.each([
    ["no Origin", {}, "POST"],
    ["an opaque Origin", { origin: "null" }, "POST"],
    ["a foreign Origin", { origin: "http://evil.example" }, "POST"],
    ["the Origin of another port", { origin: "http://127.0.0.1:1" }, "POST"],
    ["GET", undefined, "GET"],
  ])("does not with %s", async (_name, headers, method) => {
    expect(await press(headers ?? { origin: listener.url }, method)).toEqual({ status: 403 });
    expect(paid).toBe(0);
  });

  test("lets the browser say where a post comes from", async () => {
    expect((await get("/")).headers.get("referrer-policy")).toBe("same-origin");
  });

  test("is followed by a list that asks each second for a while, then at its usual pace", async () => {
    expect((await get("/?soon=10")).text).toContain('content="1;url=/?soon=9"');
    expect((await get("/?soon=1")).text).toContain('content="1;url=/"');
    for (const path of ["/", "/?soon=0", "/?soon=999999", "/?soon=x"]) {
      expect((await get(path)).text).toContain('http-equiv="refresh" content="5"');
    }
  });

  test("is not there when nothing is to be paid", async () => {
    listener.handle(createMailbox(mails));
    expect((await get("/")).text).not.toContain("<button");
    expect(await press({ origin: listener.url })).toEqual({ status: 405 });
  });
});

describe("a mail's events", () => {
  const destination = (types: string[]) => ({
    logicalId: "d",
    name: "d",
    arn: "d",
    properties: {
      ConfigurationSetName: "set",
      EventDestination: { Enabled: true, EventBridgeDestination: {}, MatchingEventTypes: types },
    },
  });
  const rule = {
    logicalId: "r",
    name: "r",
    arn: "r",
    properties: { EventPattern: { source: ["aws.ses"] }, State: "ENABLED" as const, Targets: [{ Arn: "queue" }] },
  };

  /** What reaches the bus for a mail, until `count` events came. */
  async function eventsOf(sent: typeof mail, types: string[], count: number): Promise<unknown[]> {
    return new Promise((resolve, reject) => {
      const events: unknown[] = [];
      const bus = new EventBus([rule], async (_arn, input) => {
        if (events.push(JSON.parse(input)) === count) resolve(events);
      });
      new MailEvents({ bus, destinations: [destination(types)], lagMs: 1, onError: reject }).follow(sent);
    });
  }

  test("are Send, then Delivery, in SES's shape with the tags as lists", async () => {
    const events = await eventsOf(mail, ["send", "delivery"], 2);
    expect(events).toMatchObject([
      {
        source: "aws.ses",
        "detail-type": "Email Sent",
        detail: {
          eventType: "Send",
          mail: {
            messageId: "id-1",
            destination: ["ada@example.org"],
            tags: { backline_job: [`j"><i>`], "ses:configuration-set": ["set"] },
          },
          send: {},
        },
      },
      {
        "detail-type": "Email Delivered",
        detail: { eventType: "Delivery", delivery: { recipients: ["ada@example.org"] } },
      },
    ]);
  });

  test("are those that the configuration set reports, and a bounce for SES's own test address", async () => {
    const bounced = { ...mail, to: ["bounce@simulator.amazonses.com"] };
    const [event] = await eventsOf(bounced, ["BOUNCE", "delivery"], 1);
    expect(event).toMatchObject({ "detail-type": "Email Bounced", detail: { bounce: { bounceType: "Permanent" } } });
  });

  test("have the tags by which our own jobs find what they are about", async () => {
    const tags = {
      backline_job: "email-1",
      backline_effect: "mail",
      backline_recipient: "b4c9a289323b21a01c3e940f150eb9b8c542587f",
      backline_kind: "marketing",
      backline_broadcast: "spring-2026",
    };
    const [event] = await eventsOf({ ...mail, tags }, ["delivery"], 1);
    expect(event).toMatchObject({
      detail: {
        mail: {
          tags: {
            backline_job: ["email-1"],
            backline_effect: ["mail"],
            backline_recipient: ["b4c9a289323b21a01c3e940f150eb9b8c542587f"],
            backline_kind: ["marketing"],
            backline_broadcast: ["spring-2026"],
          },
        },
      },
    });
  });

  const ALL = ["send", "delivery", "bounce", "complaint"];

  test.each([
    ["suppressionlist@simulator.amazonses.com", ["Send", "Bounce Permanent Suppressed"]],
    ["bounce+ord_1@simulator.amazonses.com", ["Send", "Bounce Permanent General"]],
    ["ooto@simulator.amazonses.com", ["Send", "Delivery", "Bounce Transient General"]],
    ["Complaint@Simulator.amazonses.com", ["Send", "Delivery", "Complaint"]],
    ["ada+bounce@example.org", ["Send", "Bounce Permanent General"]],
    ["Ada <ada+softbounce@example.org>", ["Send", "Bounce Transient MailboxFull"]],
    ["ada+complaint@example.org", ["Send", "Delivery", "Complaint"]],
    ["bounce@example.org", ["Send", "Delivery"]],
    ["ada+constructor@example.org", ["Send", "Delivery"]],
  ])("of a mail to %s tell its fate", async (address, fate) => {
    const events = await eventsOf({ ...mail, to: [address] }, ALL, fate.length);
    expect(events.map(nameOf)).toEqual(fate);
  });

  const published = z.object({
    detail: z.object({
      eventType: z.string(),
      bounce: z.object({ bounceType: z.string(), bounceSubType: z.string() }).optional(),
    }),
  });
  const nameOf = (event: unknown): string => {
    const { eventType, bounce } = published.parse(event).detail;
    return bounce === undefined ? eventType : `${eventType} ${bounce.bounceType} ${bounce.bounceSubType}`;
  };
});
