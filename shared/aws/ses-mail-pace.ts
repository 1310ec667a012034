import { GetSendQuotaCommand, type SESClient } from "@aws-sdk/client-ses";

import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { RateLimiter } from "../ports/rate-limiter.ts";
import { AccountPace, type SendQuota } from "./account-pace.ts";
import { systemIds } from "./system-ports.ts";

export interface SesMailPaceOptions {
  readonly client: SESClient;
  readonly limiter: RateLimiter;
  readonly clock: Clock;
  /** Hears of a quota that could not be read. */
  readonly log?: Log;
  /** At least 0 and under 1. */
  readonly random?: () => number;
}

/** How SES says that there is no daily limit (API_GetSendQuota). */
const UNLIMITED = -1;

/** The pace of the SES account that the client's credentials belong to. */
export class SesMailPace extends AccountPace {
  constructor({ client, limiter, clock, log, random = () => systemIds.random() }: SesMailPaceOptions) {
    super({ key: "ses-account", readQuota: () => readQuota(client), limiter, clock, log, random });
  }
}

async function readQuota(client: SESClient): Promise<SendQuota> {
  const { MaxSendRate, Max24HourSend, SentLast24Hours } = await client.send(new GetSendQuotaCommand({}));
  if (MaxSendRate === undefined || Max24HourSend === undefined || SentLast24Hours === undefined) {
    throw new Error("SES answered GetSendQuota without the numbers.");
  }
  return {
    perSecond: MaxSendRate,
    perDay: Max24HourSend === UNLIMITED ? undefined : Max24HourSend,
    sentLastDay: SentLast24Hours,
  };
}
