import { DEFAULT_CATCH_UP_SECONDS } from "../../shared/job/schedule.ts";
import { START } from "../support/virtual-clock.ts";
import type { HandledType, Subject } from "./subject.ts";

const OCCURRENCE_AT = START + 10 * 60_000;
/** 1 January 00:10, once in the time that a world has: what comes after it is another world's. */
const CRON = "10 0 1 1 *";

/** The types of a world in which no schedule enqueues anything. */
export const withoutSchedules = (types: readonly HandledType[]): HandledType[] =>
  types.map(({ definition: { schedules: _schedules, ...definition }, handle }) => ({ definition, handle }));

/** For each schedule of a subject's type: its job enqueued by one occurrence, and again with the scheduler's tick lost. */
export function scheduledSubjects(subject: Subject, schedules = subject.root.definition.schedules ?? []): Subject[] {
  return schedules.flatMap((schedule) => {
    // With a shorter window a fault may rightly make it miss its only occurrence, and there would be nothing to compare.
    const catchUpSeconds = Math.max(schedule.catchUpSeconds ?? 0, DEFAULT_CATCH_UP_SECONDS);
    const once = { ...schedule, cron: CRON, timeZone: "UTC", enabled: true, catchUpSeconds };
    const { type } = subject.root.definition;
    const root = { ...subject.root, definition: { ...subject.root.definition, schedules: [once] } };
    const types = subject.types.map((each) => (each.definition.type === type ? root : each));
    const occurrence = { schedule: schedule.name, at: OCCURRENCE_AT };
    const scheduled = {
      ...subject,
      root,
      types,
      payload: schedule.payload,
      occurrence,
      name: `${type}/${schedule.name}`,
    };
    return [
      scheduled,
      { ...scheduled, name: `${scheduled.name}/tick-lost`, occurrence: { ...occurrence, isTickLost: true } },
    ];
  });
}
