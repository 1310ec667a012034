import type { SESClient } from "@aws-sdk/client-ses";
import { describe, expect, it } from "@jest/globals";

import { SesMailPace } from "../../shared/aws/ses-mail-pace.ts";
import { Snooze } from "../../shared/errors/postponements.ts";
import { MemoryRateLimiter } from "../support/memory-rate-limiter.ts";
import { MemoryLog } from "../support/simulation.ts";
import { START, VirtualClock } from "../support/virtual-clock.ts";

const MINUTE_MS = 60_000;
const NEVER = new AbortController().signal;

interface Answer {
  readonly MaxSendRate: number;
  readonly Max24HourSend: number;
  readonly SentLast24Hours: number;
}

/** An account in virtual time; `quota` is what SES says of it, an error when it does not answer. */
function anAccount(first: Answer | Error) {
  const account = { quota: first, reads: 0 };
  const send = () => {
    account.reads += 1;
    return account.quota instanceof Error ? Promise.reject(account.quota) : Promise.resolve(account.quota);
  };
  const clock = new VirtualClock();
  const log = new MemoryLog();
  const limiter = new MemoryRateLimiter();
  // The pace uses of a client only `send`.
  const client = { send } as unknown as SESClient;
  const paceOf = (random = 0.5) => new SesMailPace({ client, limiter, clock, log, random: () => random });
  return { account, clock, log, paceOf };
}

const quotaOf = (overrides: Partial<Answer> = {}): Answer => ({
  MaxSendRate: 2,
  Max24HourSend: 1000,
  SentLast24Hours: 0,
  ...overrides,
});

type Pace = ReturnType<ReturnType<typeof anAccount>["paceOf"]>;

/** What becomes of a turn: the time of it after `START`, or how long it is snoozed. */
async function turnOf(clock: VirtualClock, pace: Pace, { isBulk = false, signal = NEVER } = {}): Promise<string> {
  try {
    await pace.turn({ isBulk, signal });
    return `at ${clock.now() - START}`;
  } catch (error) {
    if (error instanceof Snooze && "delayMs" in error.when) return `snoozed ${error.when.delayMs}`;
    throw error;
  }
}

/** Lets what is in memory go on until it waits for the clock. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

async function passTime(clock: VirtualClock, ms: number): Promise<void> {
  await settled();
  for (let passed = 0; passed < ms; passed += 100) {
    clock.advance(100);
    await settled();
  }
}

describe("the pace of an SES account", () => {
  it("gives every function of the account its turn by one rate, and puts off those whose turn is over 10 s away", async () => {
    const { clock, paceOf } = anAccount(quotaOf());
    const paces = [paceOf(), paceOf()];
    const turns = Array.from({ length: 23 }, (_, index) => turnOf(clock, paces[index % 2] ?? paceOf()));
    await passTime(clock, 11_000);
    const inTime = Array.from({ length: 21 }, (_, index) => `at ${index * 500}`);
    expect((await Promise.all(turns)).toSorted()).toEqual([...inTime, "snoozed 20000", "snoozed 20000"].toSorted());
  });

  it("spreads those who come back later between 10 and 30 seconds", async () => {
    const { clock, paceOf } = anAccount(quotaOf({ MaxSendRate: 0.05 }));
    await expect(turnOf(clock, paceOf())).resolves.toBe("at 0");
    const later = [0, 0.25, 0.999].map((random) => turnOf(clock, paceOf(random)));
    await expect(Promise.all(later)).resolves.toEqual(["snoozed 10000", "snoozed 15000", "snoozed 29980"]);
  });

  it("reads the quota once in five minutes, however many ask at the same moment", async () => {
    const { account, clock, paceOf } = anAccount(quotaOf({ MaxSendRate: 100 }));
    const pace = paceOf();
    const turns = Array.from({ length: 5 }, () => turnOf(clock, pace));
    await passTime(clock, 100);
    await Promise.all(turns);
    clock.advanceTo(START + 5 * MINUTE_MS - 1);
    await turnOf(clock, pace);
    expect(account.reads).toBe(1);
    clock.advance(10);
    await turnOf(clock, pace);
    expect(account.reads).toBe(2);
  });

  it("puts mail off for a quarter of an hour when the day's quota is used up, by its own sends too", async () => {
    const { account, clock, paceOf } = anAccount(quotaOf({ MaxSendRate: 100, SentLast24Hours: 998 }));
    const pace = paceOf(0);
    const turns = Array.from({ length: 3 }, () => turnOf(clock, pace));
    await passTime(clock, 100);
    await expect(Promise.all(turns)).resolves.toEqual([
      expect.stringMatching(/^at/),
      expect.stringMatching(/^at/),
      "snoozed 900000",
    ]);
    account.quota = quotaOf({ SentLast24Hours: 900 });
    clock.advance(15 * MINUTE_MS);
    await expect(turnOf(clock, pace)).resolves.toBe(`at ${clock.now() - START}`);
  });

  it("keeps the last tenth of the day's quota for mail that somebody waits for", async () => {
    const { clock, paceOf } = anAccount(quotaOf({ MaxSendRate: 100, SentLast24Hours: 900 }));
    const pace = paceOf(0);
    await expect(turnOf(clock, pace, { isBulk: true })).resolves.toBe("snoozed 900000");
    await expect(turnOf(clock, pace)).resolves.toBe("at 0");
  });

  it("has a turn in time for mail that somebody waits for, however much bulk mail asks before it", async () => {
    const { clock, paceOf } = anAccount(quotaOf());
    const pace = paceOf();
    const bulk = Array.from({ length: 25 }, () => turnOf(clock, pace, { isBulk: true }));
    await settled();
    const single = turnOf(clock, pace);
    await passTime(clock, 6_000);
    const inTime = Array.from({ length: 11 }, (_, index) => `at ${index * 500}`);
    expect((await Promise.all(bulk)).filter((turn) => turn.startsWith("at"))).toEqual(inTime);
    await expect(single).resolves.toBe("at 5500");
  });

  it("says once in five minutes that the day's quota is used up, for nothing fails", async () => {
    const { account, clock, log, paceOf } = anAccount(quotaOf({ SentLast24Hours: 1000 }));
    const pace = paceOf();
    await turnOf(clock, pace);
    await turnOf(clock, pace, { isBulk: true });
    expect(log.lines).toMatchObject([{ level: "warn", message: expect.stringContaining("come back later") }]);
    account.quota = quotaOf({ MaxSendRate: 0 });
    clock.advance(5 * MINUTE_MS);
    await turnOf(clock, pace);
    expect(log.lines).toHaveLength(2);
  });

  it("knows that an account may have no daily limit", async () => {
    const { clock, paceOf } = anAccount(quotaOf({ Max24HourSend: -1, SentLast24Hours: 1_000_000 }));
    await expect(turnOf(clock, paceOf(), { isBulk: true })).resolves.toBe("at 0");
  });

  it("sends nothing while the account's sending is switched off", async () => {
    const { clock, paceOf } = anAccount(quotaOf({ MaxSendRate: 0 }));
    await expect(turnOf(clock, paceOf(0))).resolves.toBe("snoozed 900000");
  });

  it("goes by the sandbox's rate while the quota cannot be read, says so, and asks again after half a minute", async () => {
    const { account, clock, log, paceOf } = anAccount(new Error("Rate exceeded"));
    const pace = paceOf();
    const turns = [turnOf(clock, pace), turnOf(clock, pace)];
    await passTime(clock, 1_000);
    await expect(Promise.all(turns)).resolves.toEqual(["at 0", "at 1000"]);
    expect(account.reads).toBe(1);
    expect(log.lines).toMatchObject([{ level: "error", message: expect.stringContaining("could not be read") }]);
    clock.advance(30_000);
    await turnOf(clock, pace);
    expect(account.reads).toBe(2);
  });

  it("keeps the last quota that it knows, and what was sent since, while no new one can be read", async () => {
    const { account, clock, paceOf } = anAccount(quotaOf({ SentLast24Hours: 998 }));
    const pace = paceOf(0);
    await turnOf(clock, pace);
    account.quota = new Error("out of reach");
    clock.advance(5 * MINUTE_MS);
    await expect(turnOf(clock, pace)).resolves.toBe("at 300000");
    await expect(turnOf(clock, pace)).resolves.toBe("snoozed 900000");
  });

  it("waits no longer than its job's attempt, and then counts the mail as not sent", async () => {
    const { clock, paceOf } = anAccount(quotaOf({ MaxSendRate: 0.2, SentLast24Hours: 998 }));
    const pace = paceOf(0);
    await turnOf(clock, pace);
    const attempt = new AbortController();
    const waiting = turnOf(clock, pace, { signal: attempt.signal });
    await settled();
    attempt.abort();
    await expect(waiting).resolves.toBe("snoozed 10000");
    await expect(turnOf(clock, pace, { signal: attempt.signal })).resolves.toBe("snoozed 10000");
    const next = turnOf(clock, pace);
    await passTime(clock, 10_000);
    await expect(next).resolves.toBe("at 10000");
  });
});
