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
    ...aliasProblems(catalog, types),
    ...duplicates(schedules).map((name) => `schedule "${name}": is in the catalog twice; rename one`),
    ...catalog.flatMap(({ definition }) => {
      const ofType = [
        ...timeProblems(timesOf(definition.run, timeScale), timeScale),
        ...unknownNeeds(definition, types),
      ];
      return ofType.map((problem) => `"${definition.type}": ${problem}`);
    }),
    ...contradictions("rate", sharedRates(catalog)),
    ...contradictions("concurrency", sharedConcurrencies(catalog)),
  ];
  if (problems.length > 0) throw new Error(`The job catalog is not right:\n- ${problems.join("\n- ")}`);
}

function duplicates(types: readonly string[]): string[] {
  return [...new Set(types.filter((type, index) => types.indexOf(type) !== index))];
}

/** Snake case, or the name of the function that a job replaces. */
const ALIAS = /^[a-z][A-Za-z0-9_]{0,39}$/;

/** Names under which nobody could tell which type is meant. */
function aliasProblems(catalog: readonly CatalogEntry[], types: readonly string[]): string[] {
  const aliases = catalog.flatMap(({ definition }) => definition.aliases ?? []);
  return [
    ...aliases
      .filter((alias) => !ALIAS.test(alias))
      .map((alias) => `alias "${alias}": must be snake_case or camelCase, 40 characters at most`),
    ...duplicates(aliases).map((alias) => `alias "${alias}": is given twice; rename one`),
    ...[...new Set(aliases)]
      .filter((alias) => types.includes(alias))
      .map((alias) => `alias "${alias}": is a job type's name; rename one`),
  ];
}

function unknownNeeds({ needs }: JobDefinition, types: readonly string[]): string[] {
  const buckets = Object.keys(BUCKETS);
  const unknown = (names: readonly string[] = []): string[] => names.filter((type) => !types.includes(type));
  return [
    ...unknown(needs.enqueues).map((type) => `enqueues "${type}", which is not in the catalog`),
    ...unknown(needs.after).map((type) => `may wait \`after\` "${type}", which is not in the catalog`),
    ...(needs.removesFiles ?? [])
      .filter((bucket) => needs.files?.includes(bucket) !== true)
      .map((bucket) => `removes files of "${bucket}", which is not among \`needs.files\``),
    ...(needs.lists ?? [])
      .filter((kind) => needs.records?.[kind] === undefined)
      .map((kind) => `reads lists of "${kind}", which is not among \`needs.records\``),
    ...(needs.files ?? [])
      .filter((bucket) => !buckets.includes(bucket))
      .map((bucket) => `needs files of "${bucket}"; there are only ${buckets.join(", ")}`),
  ];
}

/** A type's use of a limit that several may share by its name. */
interface LimitUse {
  readonly type: string;
  readonly name: string;
  /** Its numbers, in words. */
  readonly numbers: string;
}

function sharedRates(catalog: readonly CatalogEntry[]): LimitUse[] {
  return catalog.flatMap(({ definition: { type, limits } }) => {
    if (limits?.rate === undefined) return [];
    const { name, limit, perSeconds, burst = 1 } = limits.rate;
    return [{ type, name, numbers: `${limit} per ${perSeconds} s with a burst of ${burst}` }];
  });
}

function sharedConcurrencies(catalog: readonly CatalogEntry[]): LimitUse[] {
  return catalog.flatMap(({ definition: { type, limits } }) => {
    if (limits?.concurrency === undefined) return [];
    const { name, limit } = limits.concurrency;
    return [{ type, name, numbers: `${limit} at a time` }];
  });
}

/** Types that name one limit and give it other numbers: each would undo what the other counts. */
function contradictions(kind: "rate" | "concurrency", uses: readonly LimitUse[]): string[] {
  return uses.flatMap((use) => {
    const first = uses.find(({ name }) => name === use.name) ?? use;
    if (first.numbers === use.numbers) return [];
    return [
      `"${first.type}" and "${use.type}": share the ${kind} limit "${use.name}", but the first allows ${first.numbers} ` +
        `and the second ${use.numbers}; give both the same, or another name`,
    ];
  });
}
