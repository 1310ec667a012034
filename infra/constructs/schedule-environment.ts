import type { ScheduleSettings } from "../../shared/job/with-schedules.ts";

/** What a function is told of schedules, see `contracts/environment`; nothing where the installation says nothing. */
export function scheduleEnvironment(settings: ScheduleSettings): Record<string, string> {
  return Object.keys(settings).length === 0 ? {} : { SCHEDULES: JSON.stringify(settings) };
}
