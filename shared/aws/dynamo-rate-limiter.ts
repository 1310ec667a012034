import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { UpdateCommand, type DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";

import { RECORDS_TABLE } from "../contracts/tables.ts";
import type { EpochMs } from "../job/job.ts";
import type { Rate, RateLimiter } from "../ports/rate-limiter.ts";

/**
 * A race takes three: busy refused, idle refused as another caller was quicker, busy. After that only a deletion of the item
 * in between can refuse a write, for `now` stands still within a call and `tat` never goes back.
 */
const MAX_WRITES = 5;
const DAY_SECONDS = 24 * 60 * 60;
/** Today's times as doubles are 0.00024 ms apart: without this a slot that is due now could seem to be due in 1 ms. */
const ROUNDING_MS = 0.001;

/** The key has slots to give at once: its theoretical arrival time starts from now. */
const FROM_IDLE = {
  UpdateExpression: "SET #tat = :next, #expiresAt = :expiresAt",
  ConditionExpression: "attribute_not_exists(#tat) OR #tat <= :now",
};

/**
 * The slot follows the last one. DynamoDB does the sum, in decimals of 38 digits: a fraction of a millisecond is never lost.
 * `expiresAt` moves by whole seconds, at least as far as `tat`: so it stays a day after it at least, without a read.
 */
const FROM_BUSY = {
  UpdateExpression: "SET #tat = #tat + :interval, #expiresAt = #expiresAt + :intervalSeconds",
  ConditionExpression: "#tat > :now",
};

/** The same, if the slot is not too late: `tat` says when it would be. */
const FROM_BUSY_BY = { ...FROM_BUSY, ConditionExpression: "#tat > :now AND #tat <= :latestTat" };

const previous = z.object({ tat: z.number() });

/**
 * Rate limits in the records table: `limit#rate-<key>` holds the key's theoretical arrival time `tat` (epoch milliseconds,
 * with fractions), which is when the next slot would be without any burst. A slot is one conditional write, no read.
 * DynamoDB writes one item about 1000 times a second: no key gives more slots than that.
 *
 * **A lost answer.** The SDK asks again, and the second write takes a second slot. The first is nobody's: one slot goes
 * unused, none is given twice.
 *
 * **Wrong clocks.** `tat` never goes back, and only the callers' clocks say what is now; nothing here corrects them. With
 * clocks that are wrong by 5 minutes (`ASSUMED_CLOCK_SKEW_SECONDS`):
 * - A fast caller moves `tat` 5 minutes ahead, once: the slots of that time are lost. Its own slots are at once, those of
 *   everybody else 5 minutes late. It ends by itself: once that caller is gone, `tat` comes back to the others' clocks as
 *   fast as they leave slots unused, within 5 minutes if they ask for none.
 * - A slow caller takes its turn like everybody else, but by its clock the slot is later: on a key that was used in the last
 *   5 minutes it waits up to 5 minutes too long. Nobody else notices.
 * - Slots are apart on one clock only: callers with different clocks may use slots of different times at the same moment.
 *   At most as many are too many, in any stretch of time, as fit into the difference between the clocks.
 * - After a clock that was wrong by days, delete the item: the key is as new.
 *
 * **A changed rate.** `tat` stays: slots that were given stay given, and the new distance counts from the last one.
 */
export class DynamoRateLimiter implements RateLimiter {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  /** Keys whose last slot followed another. Only a guess, which write to try first; it saves the refused one. */
  readonly #busyKeys = new Set<string>();

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** @throws Error if other callers were quicker each time; no slot is taken then. */
  async reserve(rate: Rate, now: EpochMs): Promise<EpochMs> {
    const slot = await this.#take(rate, now);
    if (slot !== undefined) return slot;
    throw new Error(`No slot of the rate limit ${rate.key}: refused ${MAX_WRITES} times in a row, try again`);
  }

  /** Two or three writes when there is no such slot, all refused: DynamoDB bills them. */
  async reserveBy(rate: Rate, now: EpochMs, latest: EpochMs): Promise<EpochMs | undefined> {
    return latest < now ? undefined : this.#take(rate, now, latest);
  }

  async #take(rate: Rate, now: EpochMs, latest?: EpochMs): Promise<EpochMs | undefined> {
    let isBusy = this.#busyKeys.has(rate.key);
    let wasBusyForSure = false;
    for (let writes = 0; writes < MAX_WRITES; writes += 1) {
      const slot = isBusy ? await this.#fromBusy(rate, now, latest) : await this.#fromIdle(rate, now);
      if (slot !== undefined) {
        this.#remember(rate.key, isBusy);
        return slot;
      }
      // It is busy, for `tat` never goes back: so it was not that which refused the write, but its slot is too late.
      if (latest !== undefined && isBusy && wasBusyForSure) {
        this.#remember(rate.key, true);
        return undefined;
      }
      // Refused: it is the other way round. Refused again only if somebody changed that between the two writes.
      wasBusyForSure ||= !isBusy;
      isBusy = !isBusy;
    }
    return undefined;
  }

  async #fromIdle(rate: Rate, now: EpochMs): Promise<EpochMs | undefined> {
    const next = now + intervalMsOf(rate);
    const expiresAt = Math.ceil(next / 1000) + DAY_SECONDS;
    const old = await this.#write(rate.key, FROM_IDLE, { ":now": now, ":next": next, ":expiresAt": expiresAt });
    return old === undefined ? undefined : now;
  }

  async #fromBusy(rate: Rate, now: EpochMs, latest?: EpochMs): Promise<EpochMs | undefined> {
    const intervalMs = intervalMsOf(rate);
    const intervalSeconds = Math.ceil(intervalMs / 1000);
    const ahead = ((rate.burst ?? 1) - 1) * intervalMs;
    const values = { ":now": now, ":interval": intervalMs, ":intervalSeconds": intervalSeconds };
    const old =
      latest === undefined
        ? await this.#write(rate.key, FROM_BUSY, values)
        : await this.#write(rate.key, FROM_BUSY_BY, { ...values, ":latestTat": latest + ahead + ROUNDING_MS });
    if (old === undefined) return undefined;
    return Math.max(now, Math.ceil(previous.parse(old).tat - ahead - ROUNDING_MS));
  }

  /** @returns the attributes as they were, empty for a new item, or `undefined` if the condition was not met. */
  async #write(
    key: string,
    update: typeof FROM_IDLE,
    values: Record<string, number>,
  ): Promise<Record<string, unknown> | undefined> {
    try {
      const { Attributes = {} } = await this.#client.send(
        new UpdateCommand({
          ...update,
          TableName: this.#table,
          Key: { [RECORDS_TABLE.partitionKey]: `limit#rate-${key}`, [RECORDS_TABLE.sortKey]: "-" },
          ExpressionAttributeNames: { "#tat": "tat", "#expiresAt": RECORDS_TABLE.ttl },
          ExpressionAttributeValues: values,
          ReturnValues: "UPDATED_OLD",
        }),
      );
      return Attributes;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  }

  #remember(key: string, isBusy: boolean): void {
    if (isBusy) this.#busyKeys.add(key);
    else this.#busyKeys.delete(key);
  }
}

const intervalMsOf = ({ limit, perSeconds }: Rate): number => (perSeconds * 1000) / limit;
