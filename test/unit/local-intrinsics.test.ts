import { describe, expect, test } from "@jest/globals";

import { resolveIntrinsics, type ResolutionScope } from "../../local/template/intrinsics.ts";
import type { StackTemplate } from "../../local/template/assembly.ts";
import { readInstallation } from "../../local/template/installation.ts";
import { TemplateModel } from "../../local/template/template-model.ts";

const scope: ResolutionScope = {
  ref: (name) => `ref-${name}`,
  getAtt: (logicalId, attribute) => `${logicalId}/${attribute}`,
  importValue: (name) => `import-${name}`,
};

describe("an intrinsic function is replaced by what CloudFormation would put there", () => {
  test.each([
    ["Ref", { Ref: "Queue" }, "ref-Queue"],
    ["GetAtt with a list", { "Fn::GetAtt": ["Queue", "Arn"] }, "Queue/Arn"],
    ["GetAtt with a string and a dotted attribute", { "Fn::GetAtt": "Stack.Outputs.Url" }, "Stack/Outputs.Url"],
    ["Join over resolved parts", { "Fn::Join": ["-", ["a", { Ref: "B" }, 3]] }, "a-ref-B-3"],
    [
      "Sub of names and attributes",
      { "Fn::Sub": "x-${Queue}-${Queue.Arn}-${!Literal}" },
      "x-ref-Queue-Queue/Arn-${Literal}",
    ],
    ["Sub with variables of its own", { "Fn::Sub": ["${A}/${B}", { A: { Ref: "Z" } }] }, "ref-Z/ref-B"],
    ["Select of a Split", { "Fn::Select": [1, { "Fn::Split": [":", "a:b:c"] }] }, "b"],
    ["ImportValue of a Sub", { "Fn::ImportValue": { "Fn::Sub": "Data-${Name}" } }, "import-Data-ref-Name"],
  ])("%s", (_name, value, expected) => {
    expect(resolveIntrinsics({ Property: [value] }, scope)).toEqual({ Property: [expected] });
  });

  test("a property with AWS::NoValue is left out", () => {
    expect(resolveIntrinsics({ A: { Ref: "AWS::NoValue" }, B: [{ Ref: "AWS::NoValue" }, 1] }, scope)).toEqual({
      B: [1],
    });
  });

  test("a function that is not known stops the start and is named", () => {
    expect(() => resolveIntrinsics({ "Fn::Cidr": ["10.0.0.0/16", 2] }, scope)).toThrow("Fn::Cidr");
  });

  test("an object with a key like a function among others is data", () => {
    expect(resolveIntrinsics({ Ref: "a", Other: 1 }, scope)).toEqual({ Ref: "a", Other: 1 });
  });
});

const stack = (overrides: Partial<StackTemplate>): StackTemplate => ({
  stackName: "Data",
  resources: {},
  parameters: {},
  exports: {},
  assets: {},
  ...overrides,
});

const queue = (properties: Record<string, unknown>) => ({ Type: "AWS::SQS::Queue", Properties: properties });
const modelOf = (...stacks: StackTemplate[]) => new TemplateModel({ stacks, apiEndpoint: "http://127.0.0.1:4000" });

describe("the stacks of an assembly as one installation", () => {
  test("a reference to another stack's export is resolved in that stack", () => {
    const data = stack({
      resources: { Dead: queue({ QueueName: "dead" }) },
      exports: { "Data:DeadArn": { "Fn::GetAtt": ["Dead", "Arn"] } },
    });
    const jobs = stack({
      stackName: "Jobs",
      resources: {
        Live: queue({
          QueueName: "live",
          RedrivePolicy: { deadLetterTargetArn: { "Fn::ImportValue": "Data:DeadArn" } },
        }),
      },
    });
    const [, live] = readInstallation(modelOf(data, jobs)).queues;
    expect(live?.properties.RedrivePolicy).toEqual({ deadLetterTargetArn: "arn:aws:sqs:us-east-1:000000000000:dead" });
  });

  test("an import that no stack exports is named", () => {
    const jobs = stack({
      resources: { Live: queue({ RedrivePolicy: { deadLetterTargetArn: { "Fn::ImportValue": "Nowhere" } } }) },
    });
    expect(() => readInstallation(modelOf(jobs))).toThrow("exports Nowhere");
  });

  test("a bucket without a name gets one that S3 takes, the same at each start", () => {
    const data = stack({ resources: { InvoicesBucket57FCB164: { Type: "AWS::S3::Bucket" } } });
    const names = [modelOf(data), modelOf(data)].map((model) => readInstallation(model).buckets[0]?.name);
    expect(names[0]).toMatch(/^[a-z0-9][a-z0-9-]{2,62}$/);
    expect(names[1]).toBe(names[0]);
  });

  test("all resources that cannot run are listed at once, whatever their types", () => {
    const broken = stack({
      resources: {
        Python: {
          Type: "AWS::Lambda::Function",
          Properties: { Code: { S3Key: "a.zip" }, Handler: "a.b", Runtime: "python3.14", Role: "r" },
        },
        NoKeys: { Type: "AWS::DynamoDB::Table", Properties: {} },
      },
    });
    expect(() => readInstallation(modelOf(broken))).toThrow(/NoKeys[\s\S]*Python|Python[\s\S]*NoKeys/);
  });

  test("a resource that the runtime neither runs nor may ignore is reported", () => {
    const data = stack({
      resources: { Stream: { Type: "AWS::Kinesis::Stream" }, Alarm: { Type: "AWS::CloudWatch::Alarm" } },
    });
    expect(readInstallation(modelOf(data)).notices).toEqual([
      "AWS::Kinesis::Stream Stream is not run by the embedded runtime.",
    ]);
  });
});
