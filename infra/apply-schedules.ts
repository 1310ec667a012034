import type { CatalogEntry } from "../shared/catalog/index.ts";
import { type ScheduleSettings, withSchedules } from "../shared/job/with-schedules.ts";

/**
 * The catalog with its schedules as the installation's settings want them.
 *
 * @throws Error that lists every setting of a schedule that there is not, and every schedule that would not be right.
 */
export function applySchedules(catalog: readonly CatalogEntry[], settings: ScheduleSettings = {}): CatalogEntry[] {
  const problems = unknownSchedules(catalog, settings);
  const applied = catalog.map((entry) => {
    try {
      return { ...entry, definition: withSchedules(entry.definition, settings) };
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
      return entry;
    }
  });
  if (problems.length === 0) return applied;
  throw new Error(`Backline's configuration is not right:\n- schedules: ${problems.join("\n- schedules: ")}`);
}

function unknownSchedules(catalog: readonly CatalogEntry[], settings: ScheduleSettings): string[] {
  const known = catalog.flatMap(({ definition }) => (definition.schedules ?? []).map(({ name }) => name));
  const names = known.length === 0 ? "none" : known.join(", ");
  return Object.keys(settings)
    .filter((name) => !known.includes(name))
    .map((name) => `there is no schedule "${name}"; there are ${names}.`);
}
