import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";

import { consoleLine } from "../../local/console-line.ts";
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

  test.each(["/mails/nobody", "/mails/id-1/attachments/7", "/mails/id-1/other", "/other", "/mails/%E0"])(
    "answers %s with 404",
    async (path) => {
      mails.add(mail);
      expect((await get(path)).status).toBe(404);
    },
  );
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
});

describe("a line on the console", () => {
  const line = (text: string) =>
    consoleLine({ at: new Date(2026, 10, 22, 8, 0, 0), functionName: "backline-invoice_email", pid: 1, text });

  test("is the message of a JSON log line with the fields that matter", () => {
    const text = JSON.stringify({
      level: "INFO",
      message: "Job completed",
      timestamp: "x",
      service: "y",
      jobId: "j1",
      attempt: 2,
    });
    expect(line(text)).toBe("08:00:00  backline-invoice_email     INFO  Job completed jobId=j1 attempt=2");
  });

  test("tells an error by name and message", () => {
    const text = JSON.stringify({
      level: "ERROR",
      message: "Failed",
      error: { name: "TypeError", message: "no", stack: "…" },
    });
    expect(line(text)).toContain("ERROR Failed TypeError: no");
  });

  test("cannot drive the terminal", () => {
    expect(line("\u001B[2Jgone")).toContain("?[2Jgone");
  });
});
