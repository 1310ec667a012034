import { describe, expect, it } from "@jest/globals";

import type { EpochMs } from "../../shared/job/job.ts";
import type { Rate, RateLimiter } from "../../shared/ports/rate-limiter.ts";
import { START } from "./virtual-clock.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

let last = 0;

/** Two a second, under a key of its own. */
function aRate(overrides: Partial<Rate> = {}): Rate {
  return { key: `letters-${(last += 1)}`, limit: 2, perSeconds: 1, ...overrides };
}

/** The slots that one caller gets who asks at these times, one after the other; both in milliseconds after `START`. */
async function slotsAt(limiter: RateLimiter, rate: Rate, times: readonly number[]): Promise<number[]> {
  const slots: EpochMs[] = [];
  for (const time of times) slots.push(await limiter.reserve(rate, START + time));
  return slots.map((slot) => slot - START);
}

/** The same for a caller who waits no longer than `patienceMs`. */
async function slotsWithin(limiter: RateLimiter, rate: Rate, patienceMs: number, callTimes: readonly number[]) {
  const slots: (EpochMs | undefined)[] = [];
  for (const time of callTimes) {
    slots.push(await limiter.reserveBy(rate, START + time, START + time + patienceMs));
  }
  return slots.map((slot) => slot && slot - START);
}

const times = (count: number, time: number): number[] => Array.from({ length: count }, () => time);

/** What the engine relies on in any rate limiter. All limiters that `openLimiter` gives share their keys. */
export function describeRateLimiter(name: string, openLimiter: () => RateLimiter): void {
  describe(`${name} as a rate limiter`, () => {
    it("gives evenly spaced slots, the first at once, whenever they are asked for", async () => {
      await expect(slotsAt(openLimiter(), aRate(), [0, 0, 10, 700, 1400])).resolves.toEqual([0, 500, 1000, 1500, 2000]);
      const hourly = aRate({ limit: 1, perSeconds: 3600 });
      await expect(slotsAt(openLimiter(), hourly, [0, 0, 1])).resolves.toEqual([0, 3_600_000, 7_200_000]);
    });

    it("gives a slot at once after a pause, and no more for the time that nobody asked", async () => {
      const afterPause = slotsAt(openLimiter(), aRate(), [0, 500, 60_000, 60_000, 60_001]);
      await expect(afterPause).resolves.toEqual([0, 500, 60_000, 60_500, 61_000]);
    });

    it("gives as many slots at once as the burst is, and then the rate", async () => {
      const rate = aRate({ burst: 3 });
      const limiter = openLimiter();
      await expect(slotsAt(limiter, rate, times(5, 0))).resolves.toEqual([0, 0, 0, 500, 1000]);
      await expect(slotsAt(limiter, rate, times(4, 60_000))).resolves.toEqual([60_000, 60_000, 60_000, 60_500]);
    });

    it("fills a burst up again at the rate", async () => {
      const slots = slotsAt(openLimiter(), aRate({ burst: 3 }), [0, 0, 0, 1000, 1000, 1000]);
      await expect(slots).resolves.toEqual([0, 0, 0, 1000, 1000, 1500]);
    });

    it.each([3, 6, 7, 9, 11])(
      "gives a whole burst at once when the slots of %i a second are fractions",
      async (limit) => {
        const rate = aRate({ limit, burst: limit });
        const slots = await slotsAt(openLimiter(), rate, times(limit + 1, 1));
        expect(slots.slice(0, limit)).toEqual(times(limit, 1));
        expect(slots.at(limit)).toBeGreaterThan(1);
      },
    );

    it("keeps keys apart", async () => {
      const limiter = openLimiter();
      const [one, other] = [aRate(), aRate()];
      await expect(slotsAt(limiter, one, [0, 0, 0])).resolves.toEqual([0, 500, 1000]);
      await expect(slotsAt(limiter, other, [0, 0])).resolves.toEqual([0, 500]);
      await expect(slotsAt(limiter, one, [0])).resolves.toEqual([1500]);
    });

    it("gives 200 callers at the same moment 200 slots, evenly spaced", async () => {
      const rate = aRate();
      const limiters = [openLimiter(), openLimiter(), openLimiter(), openLimiter()];
      const reserveAll = (limiter: RateLimiter) => times(50, START).map((now) => limiter.reserve(rate, now));
      const slots = await Promise.all(limiters.flatMap(reserveAll));
      const sorted = slots.map((slot) => slot - START).toSorted((a, b) => a - b);
      expect(sorted).toEqual(Array.from({ length: 200 }, (_, index) => index * 500));
    });

    it.each([
      [3, [0, 334, 667]],
      [7, [0, 143, 286, 429, 572, 715, 858]],
    ])("keeps a rate of %i a second exactly, its slots on the next millisecond", async (limit, inFirstSecond) => {
      const slots = await slotsAt(openLimiter(), aRate({ limit }), times(100 * limit + 1, 0));
      expect(slots.slice(0, limit)).toEqual(inFirstSecond);
      expect(slots.slice(99 * limit)).toEqual([...inFirstSecond.map((slot) => 99_000 + slot), 100_000]);
    });

    it("knows a key that was idle for a day no more than a new one", async () => {
      const limiter = openLimiter();
      const rate = aRate();
      await slotsAt(limiter, rate, times(20, 0));
      const slots = await slotsAt(limiter, rate, times(3, DAY_MS));
      expect(slots).toEqual([DAY_MS, DAY_MS + 500, DAY_MS + 1000]);
    });

    it("counts a new rate from the last slot that was given", async () => {
      const limiter = openLimiter();
      const rate = aRate();
      await slotsAt(limiter, rate, [0, 0]);
      await expect(slotsAt(limiter, { ...rate, limit: 10 }, [0, 0])).resolves.toEqual([1000, 1100]);
    });

    it("delays others by what a caller's clock was fast, until their clocks are there", async () => {
      const limiter = openLimiter();
      const rate = aRate();
      const fast = 5 * MINUTE_MS;
      await expect(slotsAt(limiter, rate, [fast])).resolves.toEqual([fast]);
      await expect(slotsAt(limiter, rate, [0, 1000])).resolves.toEqual([fast + 500, fast + 1000]);
      await expect(slotsAt(limiter, rate, times(2, fast + 1500))).resolves.toEqual([fast + 1500, fast + 2000]);
    });

    it("does not go back for a caller whose clock is slow", async () => {
      const limiter = openLimiter();
      const rate = aRate();
      const slow = -5 * MINUTE_MS;
      await expect(slotsAt(limiter, rate, [0, slow, slow, 0])).resolves.toEqual([0, 500, 1000, 1500]);
    });

    it("gives no slot that is later than the caller waits, and takes none for it", async () => {
      const limiter = openLimiter();
      const rate = aRate();
      await expect(slotsWithin(limiter, rate, 1000, [0, 0, 0, 0, 0])).resolves.toEqual([
        0,
        500,
        1000,
        undefined,
        undefined,
      ]);
      await expect(slotsWithin(limiter, rate, 1000, [499, 500, 500])).resolves.toEqual([undefined, 1500, undefined]);
      await expect(slotsAt(limiter, rate, [500])).resolves.toEqual([2000]);
    });

    it("gives a caller who does not wait only what is there at once", async () => {
      const limiter = openLimiter();
      const rate = aRate({ burst: 2 });
      await expect(slotsWithin(limiter, rate, 0, [0, 0, 0, 499, 500, 60_000])).resolves.toEqual([
        0,
        0,
        undefined,
        undefined,
        500,
        60_000,
      ]);
      await expect(slotsWithin(limiter, rate, -1, [120_000])).resolves.toEqual([undefined]);
    });

    it("gives 60 callers who wait ten seconds those 21 slots, and tells the others", async () => {
      const rate = aRate();
      const limiters = [openLimiter(), openLimiter(), openLimiter(), openLimiter()];
      const reserveAll = (limiter: RateLimiter) =>
        times(15, START).map((now) => limiter.reserveBy(rate, now, now + 10_000));
      const slots = await Promise.all(limiters.flatMap(reserveAll));
      const given = slots.flatMap((slot) => slot ?? []).toSorted((a, b) => a - b);
      expect(given.map((slot) => slot - START)).toEqual(Array.from({ length: 21 }, (_, index) => index * 500));
    });

    it("counts the fractions of a millisecond when it says what is too late", async () => {
      const limiter = openLimiter();
      const rate = aRate({ limit: 3 });
      await expect(slotsWithin(limiter, rate, 667, times(4, 0))).resolves.toEqual([0, 334, 667, undefined]);
      await expect(slotsWithin(limiter, rate, 999, [0])).resolves.toEqual([undefined]);
      await expect(slotsWithin(limiter, rate, 1000, [0])).resolves.toEqual([1000]);
    });
  });
}
