import * as z from "zod";

/** See `ScheduleSetting`. */
const scheduleSetting = z.strictObject({
  /** Five fields, as in the definition. */
  cron: z.string().optional(),
  /** IANA time zone. */
  timeZone: z.string().optional(),
  enabled: z.boolean().optional(),
});

const parsedText = z.transform((given, context): unknown => {
  if (typeof given !== "string") return given;
  try {
    return JSON.parse(given);
  } catch {
    context.addIssue({ code: "custom", message: 'must be JSON such as {"cleanup": {"cron": "0 3 * * *"}}' });
    return z.NEVER;
  }
});

/** Settings of schedules by their names, as an object or as JSON text; those that it does not name are as they are defined. */
export const scheduleSettings = parsedText.pipe(z.record(z.string(), scheduleSetting));
