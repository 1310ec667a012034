import type { Clause, Condition, Path, Transition } from "../job/transitions/transition.ts";

/** A transition in DynamoDB's expression language, for an `UpdateCommand` of the document client. */
export interface TransitionExpression {
  readonly UpdateExpression: string;
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues: Record<string, unknown>;
}

/** Placeholders for names and values: no name of ours is ever part of an expression, reserved words included. */
class Placeholders {
  readonly names = new Map<string, string>();
  readonly values: Record<string, unknown> = {};

  path(path: Path): string {
    return path.map((name) => this.#name(name)).join(".");
  }

  value(value: unknown): string {
    const placeholder = `:v${Object.keys(this.values).length}`;
    this.values[placeholder] = value;
    return placeholder;
  }

  #name(name: string): string {
    const placeholder = this.names.get(name) ?? `#n${this.names.size}`;
    this.names.set(name, placeholder);
    return placeholder;
  }
}

/** Renders a transition as one conditional write. The row must exist: every condition names its status or another attribute. */
export function renderTransition({ condition, changes }: Transition): TransitionExpression {
  const placeholders = new Placeholders();
  const set = changes.set.map(({ path, value }) => `${placeholders.path(path)} = ${placeholders.value(value)}`);
  const add = changes.add.map(({ path, by }) => `${placeholders.path(path)} ${placeholders.value(by)}`);
  const remove = changes.remove.map((path) => placeholders.path(path));
  return {
    UpdateExpression: [section("SET", set), section("ADD", add), section("REMOVE", remove)].join(" ").trim(),
    ConditionExpression: renderCondition(condition, placeholders),
    ExpressionAttributeNames: Object.fromEntries(
      [...placeholders.names].map(([name, placeholder]) => [placeholder, name]),
    ),
    ExpressionAttributeValues: placeholders.values,
  };
}

function section(keyword: string, parts: readonly string[]): string {
  return parts.length === 0 ? "" : `${keyword} ${parts.join(", ")}`;
}

function renderCondition({ all, any }: Condition, placeholders: Placeholders): string {
  const conjunction = (clauses: readonly Clause[]) =>
    clauses.map((clause) => renderClause(clause, placeholders)).join(" AND ");
  const alternatives = (any ?? []).map((clauses) => `(${conjunction(clauses)})`).join(" OR ");
  return [conjunction(all), alternatives && `(${alternatives})`].filter((part) => part !== "").join(" AND ");
}

function renderClause(clause: Clause, placeholders: Placeholders): string {
  const path = placeholders.path(clause.path);
  switch (clause.is) {
    case "equal":
      return `${path} = ${placeholders.value(clause.to)}`;
    case "atMost":
      return `${path} <= ${placeholders.value(clause.to)}`;
    case "oneOf":
      return `${path} IN (${clause.values.map((value) => placeholders.value(value)).join(", ")})`;
    case "absent":
      return `attribute_not_exists(${path})`;
    case "present":
      return `attribute_exists(${path})`;
  }
}
