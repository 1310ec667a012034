import type { Template } from "aws-cdk-lib/assertions";
import * as z from "zod";

const statement = z.object({
  Sid: z.string(),
  Effect: z.string(),
  Action: z.union([z.string(), z.array(z.string())]),
  Resource: z.unknown(),
  Condition: z.unknown().optional(),
});

const role = z.object({
  ManagedPolicyArns: z.array(z.unknown()).optional(),
  Policies: z.array(z.object({ PolicyDocument: z.object({ Statement: z.array(statement) }) })),
});

const lambda = z.object({
  FunctionName: z.string(),
  Role: z.object({ "Fn::GetAtt": z.tuple([z.string(), z.literal("Arn")]) }),
  Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }),
});

export interface Permission {
  readonly sid: string;
  readonly actions: readonly string[];
  readonly on: readonly string[];
  readonly when?: unknown;
}

/** The physical names of a template's functions, in order. */
export function functionNames(template: Template): string[] {
  return functionsOf(template)
    .map(({ FunctionName }) => FunctionName)
    .sort();
}

/** Environment variables of a function, readable. */
export function environmentOf(template: Template, functionName: string): Record<string, string> {
  const { Variables } = functionNamed(template, functionName).Environment;
  return Object.fromEntries(Object.entries(Variables).map(([name, value]) => [name, readable(value)]));
}

/** Everything that a function's role allows, readable. */
export function permissionsOf(template: Template, functionName: string): Permission[] {
  const [roleId] = functionNamed(template, functionName).Role["Fn::GetAtt"];
  const { Policies, ManagedPolicyArns } = role.parse(template.toJSON()["Resources"][roleId].Properties);
  if (ManagedPolicyArns !== undefined) throw new Error(`${functionName} uses managed policies.`);
  return Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement).map((found) => ({
    sid: found.Sid,
    actions: [found.Action].flat(),
    on: [found.Resource].flat().map(readable),
    when: found.Condition,
  }));
}

/** Characters of all policies inside a function's role, once deployed; IAM allows 10,240. */
export function policyLength(template: Template, functionName: string): number {
  const [roleId] = functionNamed(template, functionName).Role["Fn::GetAtt"];
  const { Policies } = role.parse(template.toJSON()["Resources"][roleId].Properties);
  const documents = Policies.map(({ PolicyDocument: { Statement } }) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: Statement.map((found) => ({ ...found, Resource: [found.Resource].flat().map(readable) })),
    }),
  );
  return deployedLength(documents.join(""));
}

/**
 * Physical ids are longer than what stands for them in a template. The longest each can be: the partition `aws-us-gov`, the
 * region `ap-southeast-2`, a bucket's 63 characters, a table's or queue's ARN with the app's longest name.
 */
const DEPLOYED_LENGTHS: readonly (readonly [RegExp, number])[] = [
  [/\$\{AWS::Partition\}/g, 10],
  [/\$\{AWS::AccountId\}/g, 12],
  [/\$\{AWS::Region\}/g, 14],
  [/<[A-Za-z]+Bucket(Arn)?>/g, 76],
  [/\$\{[^}]+\}|<[^>]+>/g, 110],
];

/** How long a readable value can become once CloudFormation has filled in what it stands for. */
export function deployedLength(value: string): number {
  return DEPLOYED_LENGTHS.reduce((text, [placeholder, length]) => text.replace(placeholder, "x".repeat(length)), value)
    .length;
}

/** A CloudFormation value as text: `${Id}`, `${Id.Attribute}` and `<export>`, without CDK's hashes. */
export function readable(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(readable).join("");
  const [[intrinsic, argument]] = z.tuple([z.tuple([z.string(), z.unknown()])]).parse(Object.entries(Object(value)));
  switch (intrinsic) {
    case "Ref":
      return `\${${withoutHash(String(argument))}}`;
    case "Fn::GetAtt":
      return `\${${z.array(z.string()).parse(argument).map(withoutHash).join(".")}}`;
    case "Fn::ImportValue":
      return `<${String(argument)
        .replace(/^.*ExportsOutput(?:Ref|FnGetAtt)/, "")
        .replace(/([0-9A-F]{8})(Arn)?[0-9A-F]{8}$/, "$2")}>`;
    case "Fn::Join":
      return readable(z.tuple([z.literal(""), z.array(z.unknown())]).parse(argument)[1]);
    default:
      throw new Error(`${intrinsic} is not known here.`);
  }
}

const withoutHash = (logicalId: string): string => logicalId.replace(/[0-9A-F]{8}$/, "");

function functionsOf(template: Template): z.output<typeof lambda>[] {
  return Object.values(template.findResources("AWS::Lambda::Function")).map(({ Properties }) =>
    lambda.parse(Properties),
  );
}

function functionNamed(template: Template, name: string): z.output<typeof lambda> {
  const found = functionsOf(template).find(({ FunctionName }) => FunctionName === name);
  if (found === undefined) throw new Error(`There is no function ${name}.`);
  return found;
}
