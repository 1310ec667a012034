import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, GetCommand, type UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, describe, expect, it } from "@jest/globals";

import { DynamoRateLimiter } from "../../shared/aws/dynamo-rate-limiter.ts";
import { openDynaliteTables } from "../support/dynalite-tables.ts";
import { MemoryRateLimiter } from "../support/memory-rate-limiter.ts";
import { describeRateLimiter } from "../support/rate-limiter-suite.ts";
import { START } from "../support/virtual-clock.ts";

type Documents = typeof tables.documents;

const tables = await openDynaliteTables();
afterAll(tables.close);
const inMemory = new MemoryRateLimiter();

describeRateLimiter("DynamoDB", () => new DynamoRateLimiter(tables.documents, "records"));
describeRateLimiter("the limiter in memory", () => inMemory);

/** A client that hands each command to `send`: adapters use nothing else of it. */
const clientOf = (send: (command: UpdateCommand) => Promise<unknown>) => ({ send }) as unknown as Documents;

const itemKey = (key: string) => ({ TableName: "records", Key: { pk: `limit#rate-${key}`, sk: "-" } });

async function storedItem(key: string): Promise<Record<string, unknown> | undefined> {
  return (await tables.documents.send(new GetCommand({ ...itemKey(key), ConsistentRead: true }))).Item;
}

describe("a rate limit in DynamoDB", () => {
  it("costs one write a slot while the key stays busy, or stays idle", async () => {
    let writes = 0;
    const counting = clientOf((command) => {
      writes += 1;
      return tables.documents.send(command);
    });
    const limiter = new DynamoRateLimiter(counting, "records");
    const writesAt = async (time: number): Promise<number> => {
      writes = 0;
      await limiter.reserve({ key: "counted", limit: 1, perSeconds: 1 }, START + time);
      return writes;
    };
    const counts: number[] = [];
    for (const time of [0, 5000, 10_000, 10_000, 10_000, 10_000, 60_000, 70_000]) counts.push(await writesAt(time));
    expect(counts).toEqual([1, 1, 1, 2, 1, 1, 2, 1]);
  });

  it("wastes a slot when an answer was lost and the client asks again, and gives none twice", async () => {
    const twice = clientOf(async (command) => {
      await tables.documents.send(command).catch(() => undefined);
      return tables.documents.send(command);
    });
    const rate = { key: "twice", limit: 1, perSeconds: 1 };
    const unlucky = new DynamoRateLimiter(twice, "records");
    // Lost: the slot now, and the one after a second. Told the third.
    await expect(unlucky.reserve(rate, START)).resolves.toBe(START + 2000);
    await expect(unlucky.reserve(rate, START)).resolves.toBe(START + 4000);
    const lucky = new DynamoRateLimiter(tables.documents, "records");
    await expect(lucky.reserve(rate, START)).resolves.toBe(START + 5000);
  });

  it("gives the slot after that of a caller who was quicker between two writes", async () => {
    const rate = { key: "raced", limit: 1, perSeconds: 1 };
    const quicker = new DynamoRateLimiter(tables.documents, "records");
    let writes = 0;
    const slowed = clientOf(async (command) => {
      writes += 1;
      // After the fourth, refused as the key is no longer busy, and before the fifth, which takes it for idle.
      if (writes === 5) await quicker.reserve(rate, START + 60_000);
      return tables.documents.send(command);
    });
    const limiter = new DynamoRateLimiter(slowed, "records");
    await limiter.reserve(rate, START);
    await limiter.reserve(rate, START);
    expect(writes).toBe(3);
    await expect(limiter.reserve(rate, START + 60_000)).resolves.toBe(START + 61_000);
    expect(writes).toBe(6);
  });

  it("says so when every write is refused", async () => {
    let writes = 0;
    const refusing = clientOf(() => {
      writes += 1;
      return Promise.reject(new ConditionalCheckFailedException({ message: "refused", $metadata: {} }));
    });
    const limiter = new DynamoRateLimiter(refusing, "records");
    const reserving = limiter.reserve({ key: "refused", limit: 1, perSeconds: 1 }, START);
    await expect(reserving).rejects.toThrow("No slot of the rate limit refused: refused 5 times in a row");
    expect(writes).toBe(5);
  });

  it("passes on any other failure", async () => {
    const failing = clientOf(() => Promise.reject(new Error("throttled")));
    const limiter = new DynamoRateLimiter(failing, "records");
    await expect(limiter.reserve({ key: "failed", limit: 1, perSeconds: 1 }, START)).rejects.toThrow("throttled");
  });

  it.each([
    { limit: 7, perSeconds: 1 },
    { limit: 2, perSeconds: 3 },
    { limit: 1, perSeconds: 86_400 },
  ])("is kept for a day at least past the last slot ($limit in $perSeconds s)", async (rate) => {
    const key = `kept-${rate.limit}-${rate.perSeconds}`;
    const limiter = new DynamoRateLimiter(tables.documents, "records");
    for (let slots = 1; slots <= 20; slots += 1) {
      await limiter.reserve({ key, ...rate }, START);
      const item = await storedItem(key);
      const keptMs = Number(item?.["expiresAt"]) * 1000 - Number(item?.["tat"]);
      expect(Number.isInteger(item?.["expiresAt"])).toBe(true);
      expect(keptMs).toBeGreaterThanOrEqual(86_400_000);
      // Each slot adds less than a second to what is needed.
      expect(keptMs).toBeLessThan(86_400_000 + slots * 1000);
    }
  });

  it("is as new once its item is deleted, for callers too who knew it busy", async () => {
    const limiter = new DynamoRateLimiter(tables.documents, "records");
    const rate = { key: "deleted", limit: 1, perSeconds: 1 };
    for (const slot of [0, 1000, 2000]) await expect(limiter.reserve(rate, START)).resolves.toBe(START + slot);
    await tables.documents.send(new DeleteCommand(itemKey("deleted")));
    await expect(limiter.reserve(rate, START)).resolves.toBe(START);
  });
});
