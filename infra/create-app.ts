import { readFileSync } from "node:fs";
import path from "node:path";

import { App, AssetStaging, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import * as z from "zod";

/**
 * Rules that the templates must pass: cdk-nag's AwsSolutions and CloudFormation's own, cdk-nag's only, or none. CDK's engine
 * for CloudFormation's takes three seconds to start.
 */
export type RuleSet = "all" | "cdk-nag" | "none";

/**
 * An empty CDK app with this project's feature flags. Its `synth` fails on any finding that is not acknowledged.
 *
 * @param outdir Folder of the cloud assembly.
 */
export function createApp(outdir: string, rules: RuleSet = "all"): App {
  // Bundles are built anew under the same path; the cache would answer with the last run's hash.
  AssetStaging.clearAssetHashCache();
  const app = new App({
    outdir,
    context: featureFlags(),
    analyticsReporting: false,
    builtinCloudFormationValidation: rules === "all",
  });
  if (rules !== "none") Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
}

const cdkJson = z.object({ context: z.record(z.string(), z.unknown()) });

/** The CDK CLI hands the context of `cdk.json` over; run without it, the app must come out the same. */
function featureFlags(): Record<string, unknown> {
  return cdkJson.parse(JSON.parse(readFileSync(path.join(import.meta.dirname, "../cdk.json"), "utf8"))).context;
}
