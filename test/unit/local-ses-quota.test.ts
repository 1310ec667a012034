import { GetSendQuotaCommand, SendRawEmailCommand, type SESClient } from "@aws-sdk/client-ses";
import { describe, expect, test } from "@jest/globals";

import { SesQuota } from "../../local/front/services/ses-quota.ts";
import { startTestFront } from "../support/local-front.ts";

const NOON = Date.parse("2026-11-22T12:00:00Z");
const DAY_MS = 86_400_000;

/** A quota whose time the test sets. */
function quotaAt(limits: ConstructorParameters<typeof SesQuota>[0]) {
  const clock = { now: NOON };
  return { clock, quota: new SesQuota(limits, () => clock.now) };
}

const taken = (quota: SesQuota, times: number): (string | undefined)[] =>
  Array.from({ length: times }, () => quota.take(1)?.message);

describe("an SES account's rate", () => {
  test("takes a quarter more in one second, refuses what is beyond, and takes again when that second is over", () => {
    const { clock, quota } = quotaAt({ ratePerSecond: 4 });
    expect(taken(quota, 6)).toEqual([...none(5), "Maximum sending rate exceeded."]);
    clock.now += 999;
    expect(quota.take(1)).toEqual({ code: "Throttling", message: "Maximum sending rate exceeded." });
    clock.now += 1;
    expect(taken(quota, 6)).toEqual([...none(5), "Maximum sending rate exceeded."]);
  });

  test("counts recipients, and lets one mail to more of them than the rate go by itself", () => {
    const { quota } = quotaAt({ ratePerSecond: 4 });
    expect(quota.take(50)).toBeUndefined();
    expect(quota.take(1)).toMatchObject({ message: "Maximum sending rate exceeded." });
  });
});

describe("an SES account's daily quota", () => {
  test("refuses what is beyond, until the mails of the day before have left the last 24 hours", () => {
    const { clock, quota } = quotaAt({ ratePerSecond: 100, perDay: 3 });
    expect(taken(quota, 4)).toEqual([...none(3), "Daily message quota exceeded."]);
    clock.now += DAY_MS - 1;
    expect(quota.take(1)).toEqual({ code: "Throttling", message: "Daily message quota exceeded." });
    clock.now += 1;
    expect(quota.take(1)).toBeUndefined();
    expect(quota.report()).toEqual({ max24HourSend: 3, maxSendRate: 100, sentLast24Hours: 1 });
  });
});

const none = (count: number): undefined[] => Array.from({ length: count }, () => undefined);

describe("SES before the emulator", () => {
  const send = (ses: SESClient) =>
    ses.send(
      new SendRawEmailCommand({
        RawMessage: { Data: Buffer.from("From: shop@example.com\r\nTo: ada@example.org\r\n\r\nHello") },
      }),
    );

  test("says what the account may send and has sent, and refuses what is beyond without keeping it", async () => {
    await using front = await startTestFront(undefined, { ratePerSecond: 14, perDay: 2 });
    const { ses } = front.clients();
    await send(ses);
    await send(ses);
    await expect(send(ses)).rejects.toMatchObject({ name: "Throttling", $metadata: { httpStatusCode: 400 } });
    expect(front.mails).toHaveLength(2);
    await expect(ses.send(new GetSendQuotaCommand({}))).resolves.toMatchObject({
      Max24HourSend: 2,
      MaxSendRate: 14,
      SentLast24Hours: 2,
    });
  });

  test("has the quotas of a new account where nothing else is said", async () => {
    await using front = await startTestFront();
    await expect(front.clients().ses.send(new GetSendQuotaCommand({}))).resolves.toMatchObject({
      Max24HourSend: 50_000,
      MaxSendRate: 14,
      SentLast24Hours: 0,
    });
  });
});
