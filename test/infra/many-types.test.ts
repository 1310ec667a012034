import { beforeAll, describe, expect, it } from "@jest/globals";
import * as z from "zod";

import { deployedLength, environmentOf, functionNames, policyLength } from "./support/permissions.ts";
import { generatedCatalog } from "./support/generated-catalog.ts";
import { type Synthesised, synthesised } from "./support/synthesised.ts";

let app: Synthesised;
beforeAll(async () => {
  app = await synthesised({ catalog: generatedCatalog(40) });
});

describe("with forty job types", () => {
  it("gives each a queue, a dead-letter queue and a function, and all of them the same alarms", () => {
    app.jobs.resourceCountIs("AWS::SQS::Queue", 80);
    app.jobs.resourceCountIs("AWS::Lambda::EventSourceMapping", 40);
    expect(functionNames(app.jobs)).toHaveLength(48);
    app.jobs.resourceCountIs("AWS::CloudWatch::Alarm", 8);
  });

  it("runs as many at once as their definitions allow", () => {
    app.jobs.allResourcesProperties("AWS::Lambda::EventSourceMapping", {
      BatchSize: 1,
      ScalingConfig: { MaximumConcurrency: 5 },
    });
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
      expect(policyLength(app.jobs, name)).toBeLessThan(10_240);
    }
  });

  it("finds nothing that is not acknowledged with a reason", () => {
    expect(app.validationReport()).toMatchObject({ pluginReports: [] });
  });
});
