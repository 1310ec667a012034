import * as z from "zod";

// The properties of each resource type that the embedded runtime acts on, after intrinsics are resolved. Properties
// that are not listed mean nothing locally (encryption, tags, log settings …).

const numeric = z.coerce.number();
const json = z.record(z.string(), z.unknown());
const keySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(["HASH", "RANGE"]) }));
const enabledState = z.enum(["ENABLED", "DISABLED"]).default("ENABLED");

const table = z.object({
  KeySchema: keySchema,
  AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.enum(["S", "N", "B"]) })),
  GlobalSecondaryIndexes: z
    .array(
      z.object({
        IndexName: z.string(),
        KeySchema: keySchema,
        Projection: z.object({
          ProjectionType: z.enum(["ALL", "KEYS_ONLY", "INCLUDE"]),
          NonKeyAttributes: z.array(z.string()).optional(),
        }),
      }),
    )
    .optional(),
});

const queue = z.object({
  VisibilityTimeout: numeric.optional(),
  DelaySeconds: numeric.optional(),
  MaximumMessageSize: numeric.optional(),
  MessageRetentionPeriod: numeric.optional(),
  ReceiveMessageWaitTimeSeconds: numeric.optional(),
  RedrivePolicy: json.optional(),
  RedriveAllowPolicy: json.optional(),
  FifoQueue: z.boolean().optional(),
  ContentBasedDeduplication: z.boolean().optional(),
});

const lambdaFunction = z.object({
  Code: z.object({ S3Key: z.string() }),
  Handler: z.string(),
  Runtime: z.string().regex(/^nodejs/, "the embedded runtime runs Node.js functions only"),
  MemorySize: numeric.default(128),
  Timeout: numeric.default(3),
  Role: z.string(),
  Environment: z.object({ Variables: z.record(z.string(), z.coerce.string()).default({}) }).default({ Variables: {} }),
});

const role = z.object({
  Policies: z.array(z.object({ PolicyDocument: z.object({ Statement: z.array(json) }) })).default([]),
});

const eventSourceMapping = z.object({
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  BatchSize: numeric.default(10),
  MaximumBatchingWindowInSeconds: numeric.default(0),
  Enabled: z.boolean().default(true),
  FunctionResponseTypes: z.array(z.string()).default([]),
  ScalingConfig: z.object({ MaximumConcurrency: numeric.optional() }).default({}),
});

const integration = z.object({
  IntegrationType: z.string(),
  IntegrationUri: z.string(),
  PayloadFormatVersion: z.string().optional(),
});

const route = z.object({ RouteKey: z.string(), Target: z.string(), AuthorizationType: z.string().default("NONE") });

const schedule = z.object({
  ScheduleExpression: z.string(),
  ScheduleExpressionTimezone: z.string().default("UTC"),
  State: enabledState,
  Target: z.object({ Arn: z.string(), Input: z.string().optional() }),
});

const rule = z.object({
  EventPattern: json.optional(),
  ScheduleExpression: z.string().optional(),
  State: enabledState,
  Targets: z
    .array(
      z.object({
        Arn: z.string(),
        Input: z.string().optional(),
        InputPath: z.string().optional(),
        InputTransformer: z
          .object({ InputPathsMap: z.record(z.string(), z.string()).default({}), InputTemplate: z.string() })
          .optional(),
      }),
    )
    .default([]),
});

const secret = z.object({
  SecretString: z.string().optional(),
  GenerateSecretString: z
    .object({ SecretStringTemplate: z.string().optional(), GenerateStringKey: z.string().optional() })
    .optional(),
});

const mailDestination = z.object({
  ConfigurationSetName: z.string(),
  EventDestination: z.object({
    Enabled: z.boolean().default(true),
    EventBridgeDestination: json.optional(),
    MatchingEventTypes: z.array(z.string()),
  }),
});

/** Resource types that the embedded runtime acts on, with the schema of their properties. */
export const RESOURCE_SCHEMAS = {
  "AWS::DynamoDB::Table": table,
  "AWS::SQS::Queue": queue,
  "AWS::S3::Bucket": z.object({}),
  "AWS::Lambda::Function": lambdaFunction,
  "AWS::IAM::Role": role,
  "AWS::Lambda::EventSourceMapping": eventSourceMapping,
  "AWS::ApiGatewayV2::Integration": integration,
  "AWS::ApiGatewayV2::Route": route,
  "AWS::Scheduler::Schedule": schedule,
  "AWS::Events::Rule": rule,
  "AWS::SecretsManager::Secret": secret,
  "AWS::SES::ConfigurationSet": z.object({}),
  "AWS::SES::ConfigurationSetEventDestination": mailDestination,
} as const;

export type SupportedType = keyof typeof RESOURCE_SCHEMAS;
export type PropertiesOf<Type extends SupportedType> = z.output<(typeof RESOURCE_SCHEMAS)[Type]>;

/** One resource, resolved and parsed. */
export interface Resource<Type extends SupportedType> {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly properties: PropertiesOf<Type>;
}

/** Types that change nothing about how jobs run on a laptop. Anything else that is not supported gets reported. */
export const IGNORED_TYPES: ReadonlySet<string> = new Set([
  "AWS::ApiGatewayV2::Api",
  "AWS::ApiGatewayV2::Stage",
  "AWS::CDK::Metadata",
  "AWS::CloudWatch::Alarm",
  "AWS::CloudWatch::CompositeAlarm",
  "AWS::CloudWatch::Dashboard",
  "AWS::IAM::Policy",
  "AWS::Lambda::EventInvokeConfig",
  "AWS::Lambda::Permission",
  "AWS::Logs::LogGroup",
  "AWS::Logs::MetricFilter",
  "AWS::S3::BucketPolicy",
  "AWS::SNS::Subscription",
  "AWS::SNS::Topic",
  "AWS::SNS::TopicPolicy",
  "AWS::SQS::QueuePolicy",
]);
