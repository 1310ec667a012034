import type { CatalogEntry } from "../shared/catalog/index.ts";
import { BUCKETS } from "../shared/contracts/buckets.ts";
import type { JobDefinition } from "../shared/job/define-job.ts";
import { jobTimes, timeProblems } from "../shared/job/job-times.ts";

/**
 * Refuses a catalog that no infrastructure can be made of. Everything that can be known at synth is known here, before
 * anything is built or deployed.
 *
 * @param timesOf The times of a type; tests pass wrong ones.
 * @throws Error that lists every problem, each with its type.
 */
export function checkCatalog(catalog: readonly CatalogEntry[], timeScale: number, timesOf = jobTimes): void {
  const types = catalog.map(({ definition }) => definition.type);
  const schedules = catalog.flatMap(({ definition }) => (definition.schedules ?? []).map(({ name }) => name));
  const problems = [
    ...duplicates(types).map((type) => `"${type}": is in the catalog twice; rename one`),
    ...duplicates(schedules).map((name) => `schedule "${name}": is in the catalog twice; rename one`),
    ...catalog.flatMap(({ definition }) => {
      const ofType = [
        ...timeProblems(timesOf(definition.run, timeScale), timeScale),
        ...unknownNeeds(definition, types),
      ];
      return ofType.map((problem) => `"${definition.type}": ${problem}`);
    }),
  ];
  if (problems.length > 0) throw new Error(`The job catalog is not right:\n- ${problems.join("\n- ")}`);
}

function duplicates(types: readonly string[]): string[] {
  return [...new Set(types.filter((type, index) => types.indexOf(type) !== index))];
}

function unknownNeeds({ needs }: JobDefinition, types: readonly string[]): string[] {
  const buckets = Object.keys(BUCKETS);
  return [
    ...(needs.enqueues ?? [])
      .filter((type) => !types.includes(type))
      .map((type) => `enqueues "${type}", which is not in the catalog`),
    ...(needs.files ?? [])
      .filter((bucket) => !buckets.includes(bucket))
      .map((bucket) => `needs files of "${bucket}"; there are only ${buckets.join(", ")}`),
  ];
}
