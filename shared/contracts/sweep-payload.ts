import * as z from "zod";

import { moment } from "./fields.ts";

/** What every sweep may be told. */
export const sweepOptions = {
  /** Says what would be done, and does nothing. */
  dryRun: z.boolean().default(false),
  /** The time that cut-offs and windows count from; of a scheduled run its occurrence, else when it begins, by default. */
  asOf: moment.optional(),
};

export const sweepPayload = z.object(sweepOptions);
export type SweepPayload = z.infer<typeof sweepPayload>;
