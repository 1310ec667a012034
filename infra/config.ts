import * as z from "zod";

import { emailAddress } from "../shared/contracts/fields.ts";
import { scheduleSettings } from "../shared/contracts/schedule-settings.ts";

/** Retention periods that CloudWatch Logs takes (its `PutRetentionPolicy`), days; those that make sense here. */
const LOG_RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731] as const;

/** Longest `name`: `<name>-<type>` must fit into the 64 characters of a Lambda function's name, and a type has up to 40. */
const LONGEST_NAME = 23;

const isTrue = z.union([z.boolean(), z.stringbool()], { error: "must be true or false" });

/** The start of URLs: what is put behind it begins with a slash. */
const origin = z.transform((text) => (typeof text === "string" ? text.replace(/\/+$/, "") : text));

const domainName = z.string().regex(/^(?=.{3,253}$)[a-z0-9-]+(\.[a-z0-9-]+)+$/);

const configSchema = z.strictObject({
  /** Prefix of every physical name, so that two installations can share an account. */
  name: z
    .string()
    .max(LONGEST_NAME, `must have ${LONGEST_NAME} characters at most`)
    .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, "must be lower-case words joined by dashes, such as backline or my-shop")
    .default("backline"),
  /** Who is mailed when an alarm goes off; AWS asks that address to confirm first. Nobody by default. */
  alarmEmail: z.string().pipe(emailAddress).optional(),
  /**
   * The SES identity, a domain or one address, that mail is sent from; it is verified in SES by hand, once. The default
   * cannot send anything.
   */
  senderIdentity: z
    .union([domainName, emailAddress], { error: "must be a domain or an email address that is verified in SES" })
    .default("example.com"),
  /**
   * Where people and Twilio reach the HTTP API, such as https://jobs.example.com: what links in mails begin with. Map that
   * domain to the API's default stage by hand, and keep it: links in old mails lead there. The API's own address by default.
   */
  publicUrl: origin.pipe(z.url({ protocol: /^https$/, error: "must be an https address" })).optional(),
  /** Where Twilio's API is; its edges and regions have addresses of their own. */
  twilioBaseUrl: origin
    .pipe(z.url({ protocol: /^https?$/, error: "must be the address of Twilio's API" }))
    .default("https://api.twilio.com"),
  /** Whether SES reports who opens a mail and follows its links: it puts an image into each and rewrites its links. */
  mailTracking: isTrue.default(false),
  /** 1 in production; tests shrink all of a job's times by it, see `jobTimes`. */
  timeScale: z.coerce.number("must be a number").positive("must be over 0").max(1, "must be 1 at most").default(1),
  /** Days after its expiry during which a subscription goes on working, where the sweeps' settings do not say; 7 by default. */
  subscriptionGracePeriodDays: z.coerce
    .number("must be a number")
    .int("must be whole")
    .min(0, "must be 0 at least")
    .max(365, "must be 365 at most")
    .optional(),
  /**
   * Other times for schedules of the catalog, or none: `{"cleanup": {"cron": "0 3 * * *", "timeZone": "Europe/Berlin",
   * "enabled": true}}`, as JSON or as an object. What it leaves out is as the definition says.
   */
  schedules: scheduleSettings.optional(),
  /** How long logs are kept, days. */
  logRetentionDays: z.coerce
    .number("must be a number")
    .refine((days) => (LOG_RETENTION_DAYS as readonly number[]).includes(days), {
      error: `must be one of ${LOG_RETENTION_DAYS.join(", ")}`,
    })
    .default(30),
  /** Whether tables and buckets survive the deletion of their stack; only a throwaway installation says no. */
  retainData: isTrue.default(true),
});

/** What one installation may choose. */
export type Config = z.output<typeof configSchema>;

/** Where settings are read from, first one wins: the caller, `cdk -c <setting>=…`, `BACKLINE_<SETTING>`. */
export interface ConfigSources {
  readonly overrides?: Readonly<Partial<Config>>;
  readonly context?: (key: string) => unknown;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** `alarmEmail` → `BACKLINE_ALARM_EMAIL`. */
const variableOf = (setting: string): string => `BACKLINE_${plainNameOf(setting)}`;

const plainNameOf = (setting: string): string => setting.replace(/[A-Z]/g, "_$&").toUpperCase();

/** Settings that also have their plain name in the environment, under which installations know them already. */
const PLAINLY_NAMED: ReadonlySet<string> = new Set(["subscriptionGracePeriodDays"]);

/**
 * The configuration of an installation.
 *
 * @throws Error that lists every wrong setting at once, with the places to set it.
 */
export function readConfig({ overrides = {}, context = () => undefined, environment = {} }: ConfigSources): Config {
  const given: Record<string, unknown> = { ...overrides };
  for (const setting of Object.keys(configSchema.shape)) {
    const plain = PLAINLY_NAMED.has(setting) ? environment[plainNameOf(setting)] : undefined;
    given[setting] ??= context(setting) ?? (environment[variableOf(setting)] || plain || undefined);
  }
  const parsed = configSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new Error(["Backline's configuration is not right:", ...parsed.error.issues.map(describeIssue)].join("\n"));
}

function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys" && issue.path.length === 0) {
    const known = Object.keys(configSchema.shape).join(", ");
    return `- ${issue.keys.join(", ")}: no such setting. Remove it, or use one of ${known}.`;
  }
  const [setting, ...inside] = issue.path.map(String);
  if (setting === undefined) return `- ${issue.message}.`;
  const where = inside.length === 0 ? "" : `${inside.join(".")}: `;
  return `- ${setting}: ${where}${issue.message}. Set it with -c ${setting}=…, in cdk.json's context or as ${variableOf(setting)}.`;
}
