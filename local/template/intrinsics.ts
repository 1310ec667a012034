/** What the outside of a template knows: its own resources and the other stacks' exports. */
export interface ResolutionScope {
  /** Value of `{ Ref }`: a parameter, a pseudo parameter or a resource. Throws for a name that nobody knows. */
  readonly ref: (name: string) => unknown;
  readonly getAtt: (logicalId: string, attribute: string) => unknown;
  readonly importValue: (exportName: string) => unknown;
}

/** The account and region that the embedded runtime pretends to be. */
export const LOCAL_ACCOUNT = "000000000000";
export const LOCAL_REGION = "us-east-1";

export const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  "AWS::AccountId": LOCAL_ACCOUNT,
  "AWS::Region": LOCAL_REGION,
  "AWS::Partition": "aws",
  "AWS::URLSuffix": "amazonaws.com",
};

/** Stands for `AWS::NoValue`: the property or list item that holds it is left out. */
const NO_VALUE = Symbol("AWS::NoValue");

type Intrinsic = (argument: unknown, scope: ResolutionScope) => unknown;

const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  Ref: (argument, scope) => (argument === "AWS::NoValue" ? NO_VALUE : scope.ref(text(argument))),
  "Fn::GetAtt": resolveGetAtt,
  "Fn::Join": resolveJoin,
  "Fn::Sub": resolveSub,
  "Fn::Select": resolveSelect,
  "Fn::Split": resolveSplit,
  "Fn::ImportValue": (argument, scope) => scope.importValue(text(resolveIntrinsics(argument, scope))),
};

/**
 * A template value with every intrinsic function replaced by what CloudFormation would put there.
 *
 * @throws Error that names the function, where the template uses one that is not known here: a guess would only fail
 *   later and elsewhere.
 */
export function resolveIntrinsics(value: unknown, scope: ResolutionScope): unknown {
  if (Array.isArray(value)) return value.map((item) => resolveIntrinsics(item, scope)).filter(isPresent);
  if (!isRecord(value)) return value;
  const [key, ...others] = Object.keys(value);
  if (key !== undefined && others.length === 0) {
    const intrinsic = INTRINSICS[key];
    if (intrinsic !== undefined) return intrinsic(value[key], scope);
    if (key.startsWith("Fn::")) throw new Error(`The template uses ${key}, which the embedded runtime cannot resolve.`);
  }
  const resolved = Object.entries(value).map(([name, inner]) => [name, resolveIntrinsics(inner, scope)] as const);
  return Object.fromEntries(resolved.filter(([, inner]) => isPresent(inner)));
}

function resolveGetAtt(argument: unknown, scope: ResolutionScope): unknown {
  const [logicalId = "", ...attribute] = Array.isArray(argument) ? argument.map(text) : text(argument).split(".");
  return scope.getAtt(logicalId, attribute.join("."));
}

function resolveJoin(argument: unknown, scope: ResolutionScope): string {
  const [separator, parts] = list(argument);
  return list(resolveIntrinsics(parts, scope)).map(text).join(text(separator));
}

function resolveSplit(argument: unknown, scope: ResolutionScope): string[] {
  const [separator, whole] = list(argument);
  return text(resolveIntrinsics(whole, scope)).split(text(separator));
}

function resolveSelect(argument: unknown, scope: ResolutionScope): unknown {
  const [index, choices] = list(argument);
  const chosen = list(resolveIntrinsics(choices, scope))[Number(resolveIntrinsics(index, scope))];
  if (chosen === undefined) throw new Error(`Fn::Select has no item ${String(index)}.`);
  return chosen;
}

/** `${Name}`, `${LogicalId.Attribute}` and `${!Literal}`, with or without a map of values of its own. */
function resolveSub(argument: unknown, scope: ResolutionScope): string {
  const [pattern, variables = {}] = Array.isArray(argument) ? list(argument) : [argument];
  const own = resolveIntrinsics(variables, scope);
  return text(pattern).replaceAll(/\$\{(!?)([^}]+)\}/g, (_whole, bang: string, name: string) => {
    if (bang === "!") return `\${${name}}`;
    if (isRecord(own) && name in own) return text(own[name]);
    return text(name.includes(".") ? resolveGetAtt(name, scope) : scope.ref(name));
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const isPresent = (value: unknown): boolean => value !== NO_VALUE;

function list(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  throw new Error(`The template has ${JSON.stringify(value)} where an intrinsic function takes a list.`);
}

function text(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new Error(`The template has ${JSON.stringify(value)} where an intrinsic function takes a string.`);
}
