import { expect, test } from "@jest/globals";
import PostalMime from "postal-mime";

import { checkBroadcast, isRight } from "../../bench/support/broadcast/check-broadcast.ts";
import { openStores } from "../../local/runtime-stores.ts";
import type { Runtime } from "../../local/runtime.ts";
import { readSuppressions, recipientIdOf } from "../../shared/records/suppression.ts";

/** What a mail program shows as "unsubscribe", and what it posts there: RFC 8058. */
async function unsubscribeLinkOf(runtime: Runtime): Promise<{ readonly to: string; readonly link: string }> {
  const mail = runtime.mails().find(({ tags }) => tags["backline_broadcast"] === "check");
  const { headers, to = [] } = await PostalMime.parse(mail?.raw ?? "");
  const valueOf = (name: string) => headers.find(({ key }) => key === name)?.value ?? "";
  expect(valueOf("list-unsubscribe-post")).toBe("List-Unsubscribe=One-Click");
  return { to: to[0]?.address ?? "", link: valueOf("list-unsubscribe").replaceAll(/[<>]/g, "") };
}

const oneClick = (url: string): Promise<Response> =>
  fetch(url, { method: "POST", body: new URLSearchParams({ "List-Unsubscribe": "One-Click" }) });

/** The link in one of the mails that arrived, as a reader and their mail program use it. */
async function useLink(runtime: Runtime): Promise<void> {
  const { records } = openStores(runtime.info);
  const { to, link } = await unsubscribeLinkOf(runtime);
  const listed = () => readSuppressions(records, recipientIdOf(to));

  const look = await fetch(link);
  expect([look.status, look.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  await expect(look.text()).resolves.toContain("Studio Example");
  await expect(listed()).resolves.toEqual({});

  const forged = link.replace(/.$/, (last) => (last === "A" ? "B" : "A"));
  expect((await oneClick(forged)).status).toBe(404);
  await expect(listed()).resolves.toEqual({});

  expect((await oneClick(link)).status).toBe(200);
  expect((await oneClick(link)).status).toBe(200);
  await expect(listed()).resolves.toMatchObject({ marketing: { reason: "unsubscribed", broadcastId: "check" } });
}

// 500 recipients, the tenth part of `npm run broadcast:check`, are mailed in virtual time: test/scenario/broadcast-size.test.ts.
test("a broadcast mails each of 100 once while a process dies and somebody pauses it; its link unsubscribes", async () => {
  // 60 mails a second, so that their events keep up: a receipt that comes later than it is waited for is a second mail.
  const check = await checkBroadcast(
    { recipients: 100, ratePerSecond: 60, timeScale: 1 / 30, kills: 1, troubles: 0 },
    useLink,
  );
  expect(check).toMatchObject({ mails: 96, duplicates: 0, missing: 0, toSuppressed: 0, duringPause: 0 });
  expect(check.trouble).toEqual({ killed: 1 });
  expect(check.totals).toMatchObject({ not_sent: 4, failed: 0, sending: 0, waiting: 0, cancelled: 0 });
  expect(isRight(check)).toBe(true);
}, 600_000);
