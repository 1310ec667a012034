import type { JobDefinition } from "./define-job.ts";

/** What a name is looked up in. */
type Named = Pick<JobDefinition, "type" | "aliases">;

/** The type that somebody means by its name or one of its aliases; the name as it is where no definition has it. */
export function typeNamed(name: string, definitions: readonly Named[]): string {
  return definitions.find(({ type, aliases = [] }) => type === name || aliases.includes(name))?.type ?? name;
}
