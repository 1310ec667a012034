import { beforeAll, describe, expect, it } from "@jest/globals";
import * as z from "zod";

import { environmentOf, functionNames, permissionsOf } from "./support/permissions.ts";
import { generatedCatalog } from "./support/generated-catalog.ts";
import { type Synthesised, synthesised } from "./support/synthesised.ts";

/** Physical ids are longer than what stands for them in a template: an ARN's region, account and CDK's generated names. */
const RESOLVED_LENGTH = { account: 12, region: 14, generatedName: 80 };

let app: Synthesised;
beforeAll(async () => {
  app = await synthesised({ catalog: generatedCatalog(40) });
});

/** How long a value can become once CloudFormation has filled in what it stands for. */
function deployedLength(value: string): number {
  return value
    .replaceAll("${AWS::AccountId}", "x".repeat(RESOLVED_LENGTH.account))
    .replaceAll("${AWS::Region}", "x".repeat(RESOLVED_LENGTH.region))
    .replaceAll(/\$\{[^}]+\}|<[^>]+>/g, "x".repeat(RESOLVED_LENGTH.generatedName)).length;
}

describe("with forty job types", () => {
  it("gives each a queue, a dead-letter queue, a function and an alarm", () => {
    app.jobs.resourceCountIs("AWS::SQS::Queue", 80);
    app.jobs.resourceCountIs("AWS::Lambda::EventSourceMapping", 40);
    expect(functionNames(app.jobs)).toHaveLength(43);
    app.jobs.resourceCountIs("AWS::CloudWatch::Alarm", 47);
  });

  it("stays under CloudFormation's 500 resources a stack", () => {
    const resources = z.record(z.string(), z.unknown()).parse(app.jobs.toJSON()["Resources"]);
    expect(Object.keys(resources).length).toBeLessThan(500);
  });

  it("gives no function more than Lambda's 4 KB of environment variables", () => {
    for (const name of functionNames(app.jobs)) {
      const variables = Object.entries(environmentOf(app.jobs, name));
      const lengths = variables.map(([variable, value]) => variable.length + deployedLength(value));
      expect(lengths.reduce((sum, length) => sum + length, 0)).toBeLessThan(4096);
    }
  });

  it("gives no role more than IAM's 10,240 characters of policy", () => {
    for (const name of functionNames(app.jobs)) {
      const policy = JSON.stringify(permissionsOf(app.jobs, name));
      expect(deployedLength(policy)).toBeLessThan(10_240);
    }
  });

  it("finds nothing that is not acknowledged with a reason", () => {
    expect(app.validationReport()).toMatchObject({ pluginReports: [] });
  });
});
