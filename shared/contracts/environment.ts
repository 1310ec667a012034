import * as z from "zod";

import { scheduleSettings } from "./schedule-settings.ts";

const environmentSchema = z.object({
  JOBS_TABLE: z.string().min(1),
  RECORDS_TABLE: z.string().min(1),
  /** URL of any job queue up to its type: `https://sqs.<region>.amazonaws.com/<account>/<name>-`. */
  QUEUE_URL_PREFIX: z.url(),
  /** 1 in production; see `jobTimes`. */
  TIME_SCALE: z.coerce.number().positive().max(1).default(1),
  /** What the installation says of schedules, as JSON. Only in functions that go by them, and where it says something. */
  SCHEDULES: scheduleSettings.default({}),
  /** SES configuration set whose events come back as receipts. Only in functions that send mail. */
  SES_CONFIGURATION_SET: z.string().min(1).optional(),
  /** Where the HTTP API is reached from outside, without a slash at its end. Only in functions that make or check links. */
  PUBLIC_URL: z.url().optional(),
  /** Secrets Manager id of the keys that sign links. Only in functions that make or check links. */
  LINK_SECRET_ID: z.string().min(1).optional(),
  /** Secrets Manager id of Twilio's credentials. Only in functions that send messages or hear of them. */
  TWILIO_SECRET_ID: z.string().min(1).optional(),
  /** Where Twilio's API is; the embedded runtime has a stand-in. */
  TWILIO_BASE_URL: z.url().default("https://api.twilio.com"),
  /** Days of grace of a subscription where the sweeps' settings do not say; 7 without it. */
  SUBSCRIPTION_GRACE_PERIOD_DAYS: z.coerce.number().int().min(0).max(365).optional(),
  /** Whether pages on private addresses and over plain HTTP may be fetched; only tests say yes. */
  MAY_FETCH_PRIVATE: z.stringbool().default(false),
  /** Secrets Manager id of what callers of the cron endpoints send. Only in functions behind them. */
  CRON_SECRET_ID: z.string().min(1).optional(),
  /** Secrets Manager id of the Stripe webhook's signing secrets. Only in the webhook function. */
  STRIPE_WEBHOOK_SECRET_ID: z.string().min(1).optional(),
});
export type Environment = z.infer<typeof environmentSchema>;

/**
 * Reads a function's environment variables.
 *
 * @throws Error that lists every missing or wrong variable at once, so that one look at the log mends them all.
 */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>>): Environment {
  const parsed = environmentSchema.safeParse(variables);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw new Error(`The function's environment is not right. ${problems.join("; ")}. Deploy the stack again.`);
}
