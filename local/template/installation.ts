import { RESOURCE_SCHEMAS, type Resource, type SupportedType } from "./resources.ts";
import type { TemplateModel } from "./template-model.ts";

/** What the host needs to know of one function. */
export interface FunctionDefinition {
  readonly name: string;
  readonly arn: string;
  readonly roleArn: string;
  /** Folder with the bundle. */
  readonly codeDir: string;
  /** `<file without extension>.<export>`. */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
}

/** One queue that feeds one function. */
export interface QueueMapping {
  readonly queueName: string;
  readonly queueArn: string;
  readonly functionName: string;
  readonly batchSize: number;
  readonly windowSeconds: number;
  readonly maxConcurrency: number | undefined;
  readonly reportsBatchItemFailures: boolean;
}

export interface HttpRoute {
  /** `POST /webhooks/stripe`, `ANY /{proxy+}` or `$default`. */
  readonly routeKey: string;
  readonly functionName: string;
}

/** The parts of a deployed installation, ready to be run. */
export interface Installation {
  readonly tables: readonly Resource<"AWS::DynamoDB::Table">[];
  readonly queues: readonly Resource<"AWS::SQS::Queue">[];
  readonly buckets: readonly Resource<"AWS::S3::Bucket">[];
  readonly functions: readonly FunctionDefinition[];
  readonly roles: readonly Resource<"AWS::IAM::Role">[];
  readonly mappings: readonly QueueMapping[];
  readonly routes: readonly HttpRoute[];
  readonly schedules: readonly Resource<"AWS::Scheduler::Schedule">[];
  readonly rules: readonly Resource<"AWS::Events::Rule">[];
  readonly secrets: readonly Resource<"AWS::SecretsManager::Secret">[];
  readonly configurationSets: readonly Resource<"AWS::SES::ConfigurationSet">[];
  readonly mailDestinations: readonly Resource<"AWS::SES::ConfigurationSetEventDestination">[];
  /** What the template declares and this runtime does not do, one line each. */
  readonly notices: readonly string[];
}

/** @throws Error that lists every resource that cannot run here, of all types at once. */
export function readInstallation(model: TemplateModel): Installation {
  const resources = readAll(model);
  const notices = model.unsupported().map((resource) => `${resource} is not run by the embedded runtime.`);
  return {
    tables: resources.of("AWS::DynamoDB::Table"),
    queues: resources.of("AWS::SQS::Queue"),
    buckets: resources.of("AWS::S3::Bucket"),
    functions: resources.of("AWS::Lambda::Function").map((resource) => readFunction(model, resource)),
    roles: resources.of("AWS::IAM::Role"),
    mappings: resources.of("AWS::Lambda::EventSourceMapping").flatMap((mapping) => readMapping(mapping, notices)),
    routes: readRoutes(resources, notices),
    schedules: resources.of("AWS::Scheduler::Schedule").filter(({ properties }) => properties.State === "ENABLED"),
    rules: resources.of("AWS::Events::Rule").filter(({ properties }) => properties.State === "ENABLED"),
    secrets: resources.of("AWS::SecretsManager::Secret"),
    configurationSets: resources.of("AWS::SES::ConfigurationSet"),
    mailDestinations: resources.of("AWS::SES::ConfigurationSetEventDestination"),
    notices,
  };
}

interface Resources {
  of<Type extends SupportedType>(type: Type): Resource<Type>[];
}

/** Looks at every type first, so that one message lists the problems of all. */
function readAll(model: TemplateModel): Resources {
  const problems = Object.keys(RESOURCE_SCHEMAS).flatMap((type) => {
    try {
      // Object.keys forgets the key type.
      model.all(type as SupportedType);
      return [];
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)];
    }
  });
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return { of: (type) => model.all(type) };
}

function readFunction(
  model: TemplateModel,
  { name, arn, properties }: Resource<"AWS::Lambda::Function">,
): FunctionDefinition {
  return {
    name,
    arn,
    roleArn: properties.Role,
    codeDir: model.asset(properties.Code.S3Key),
    handler: properties.Handler,
    environment: properties.Environment.Variables,
    timeoutSeconds: properties.Timeout,
    memoryMb: properties.MemorySize,
  };
}

function readMapping(
  { logicalId, properties }: Resource<"AWS::Lambda::EventSourceMapping">,
  notices: string[],
): QueueMapping[] {
  if (!properties.Enabled) return [];
  if (!properties.EventSourceArn.startsWith("arn:aws:sqs:")) {
    notices.push(`Event source ${logicalId} is no SQS queue: the embedded runtime does not poll it.`);
    return [];
  }
  return [
    {
      queueName: lastPart(properties.EventSourceArn),
      queueArn: properties.EventSourceArn,
      functionName: lastPart(properties.FunctionName),
      batchSize: properties.BatchSize,
      windowSeconds: properties.MaximumBatchingWindowInSeconds,
      maxConcurrency: properties.ScalingConfig.MaximumConcurrency,
      reportsBatchItemFailures: properties.FunctionResponseTypes.includes("ReportBatchItemFailures"),
    },
  ];
}

function readRoutes(resources: Resources, notices: string[]): HttpRoute[] {
  const integrations = new Map(
    resources.of("AWS::ApiGatewayV2::Integration").map(({ name, properties }) => [name, properties]),
  );
  return resources.of("AWS::ApiGatewayV2::Route").flatMap(({ properties: { RouteKey, Target, AuthorizationType } }) => {
    const integration = integrations.get(Target.replace(/^integrations\//, ""));
    if (integration?.IntegrationType !== "AWS_PROXY" || AuthorizationType !== "NONE") {
      notices.push(`Route ${RouteKey} is not served: only unauthorised routes to a Lambda function are.`);
      return [];
    }
    return [{ routeKey: RouteKey, functionName: lastPart(integration.IntegrationUri) }];
  });
}

/** Name at the end of an ARN, or the name itself. */
export const lastPart = (arnOrName: string): string => arnOrName.slice(arnOrName.lastIndexOf(":") + 1);
