import type { JobDefinition } from "./define-job.ts";
import { scheduleProblems } from "./occurrences.ts";
import type { JobSchedule } from "./schedule.ts";

/** What an installation says of a schedule otherwise than its definition. */
export interface ScheduleSetting {
  readonly cron?: string | undefined;
  readonly timeZone?: string | undefined;
  readonly enabled?: boolean | undefined;
}

/** By the schedules' names. */
export type ScheduleSettings = Readonly<Record<string, ScheduleSetting>>;

/**
 * A definition with its schedules as the installation wants them: its own cron, time zone, or none at all. Names of other
 * types' schedules change nothing.
 *
 * @throws Error that lists what is wrong with the schedules then.
 */
export function withSchedules<Definition extends Pick<JobDefinition, "type" | "schedules">>(
  definition: Definition,
  settings: ScheduleSettings = {},
): Definition {
  const { type, schedules = [] } = definition;
  if (!schedules.some(({ name }) => Object.hasOwn(settings, name))) return definition;
  const wanted = schedules.map((schedule) => asSet(schedule, settings));
  const problems = wanted.flatMap(scheduleProblems);
  if (problems.length > 0) throw new Error(`The schedules of "${type}" are not right: ${problems.join("; ")}`);
  return { ...definition, schedules: wanted };
}

function asSet<Payload>(schedule: JobSchedule<Payload>, settings: ScheduleSettings): JobSchedule<Payload> {
  const setting = Object.hasOwn(settings, schedule.name) ? settings[schedule.name] : undefined;
  const { cron, timeZone, enabled } = setting ?? {};
  return {
    ...schedule,
    ...(cron !== undefined && { cron }),
    ...(timeZone !== undefined && { timeZone }),
    ...(enabled !== undefined && { enabled }),
  };
}

/** The settings of a definition's own schedules. */
export function settingsOf(
  { schedules = [] }: Pick<JobDefinition, "schedules">,
  settings: ScheduleSettings = {},
): ScheduleSettings {
  return Object.fromEntries(
    schedules.flatMap(({ name }) => {
      const setting = Object.hasOwn(settings, name) ? settings[name] : undefined;
      return setting === undefined ? [] : [[name, setting] as const];
    }),
  );
}
