import { createHash } from "node:crypto";

import { LOCAL_ACCOUNT, LOCAL_REGION } from "./intrinsics.ts";

/** What `Ref` and `Fn::GetAtt` give for one resource. */
export interface PhysicalIdentity {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface IdentityRequest {
  readonly stackName: string;
  readonly logicalId: string;
  readonly type: string;
  /** The resource's own name, where the template gives it one. */
  readonly name: string | undefined;
  /** Where the HTTP API answers locally. */
  readonly apiEndpoint: string;
}

type Identify = (name: string, request: IdentityRequest) => PhysicalIdentity;

/** Properties that name a resource. The rest get a name made from stack and logical id, as CloudFormation does. */
export const NAME_PROPERTIES: Readonly<Record<string, string>> = {
  "AWS::DynamoDB::Table": "TableName",
  "AWS::S3::Bucket": "BucketName",
  "AWS::SQS::Queue": "QueueName",
  "AWS::Lambda::Function": "FunctionName",
  "AWS::IAM::Role": "RoleName",
  "AWS::Logs::LogGroup": "LogGroupName",
  "AWS::SNS::Topic": "TopicName",
  "AWS::SES::ConfigurationSet": "Name",
  "AWS::SecretsManager::Secret": "Name",
  "AWS::Events::Rule": "Name",
  "AWS::Scheduler::Schedule": "Name",
};

const arn = (service: string, resource: string): string =>
  `arn:aws:${service}:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${resource}`;

const IDENTITIES: Readonly<Record<string, Identify>> = {
  "AWS::DynamoDB::Table": (name) => ({ ref: name, attributes: { Arn: arn("dynamodb", `table/${name}`) } }),
  "AWS::S3::Bucket": (name) => ({
    ref: name,
    attributes: { Arn: `arn:aws:s3:::${name}`, DomainName: `${name}.s3.amazonaws.com` },
  }),
  "AWS::SQS::Queue": (name) => ({
    ref: `https://sqs.${LOCAL_REGION}.amazonaws.com/${LOCAL_ACCOUNT}/${name}`,
    attributes: { Arn: arn("sqs", name), QueueName: name },
  }),
  "AWS::Lambda::Function": (name) => ({ ref: name, attributes: { Arn: arn("lambda", `function:${name}`) } }),
  "AWS::IAM::Role": (name) => ({
    ref: name,
    attributes: { Arn: `arn:aws:iam::${LOCAL_ACCOUNT}:role/${name}`, RoleId: `AROA${hash(name).toUpperCase()}` },
  }),
  "AWS::Logs::LogGroup": (name) => ({ ref: name, attributes: { Arn: `${arn("logs", `log-group:${name}`)}:*` } }),
  "AWS::SNS::Topic": (name) => ({
    ref: arn("sns", name),
    attributes: { TopicArn: arn("sns", name), TopicName: name },
  }),
  "AWS::SES::ConfigurationSet": (name) => ({ ref: name, attributes: {} }),
  "AWS::SecretsManager::Secret": (name) => {
    const secretArn = arn("secretsmanager", `secret:${name}-${hash(name).slice(0, 6)}`);
    return { ref: secretArn, attributes: { Id: secretArn } };
  },
  "AWS::Events::Rule": (name) => ({ ref: name, attributes: { Arn: arn("events", `rule/${name}`) } }),
  "AWS::Scheduler::Schedule": (name) => ({
    ref: name,
    attributes: { Arn: arn("scheduler", `schedule/default/${name}`) },
  }),
  "AWS::ApiGatewayV2::Api": (name, { apiEndpoint }) => ({
    ref: hash(name).slice(0, 10),
    attributes: { ApiId: hash(name).slice(0, 10), ApiEndpoint: apiEndpoint },
  }),
};

/** Deterministic, so that two starts give the same names and a log line of yesterday still fits. */
export function physicalIdentity(request: IdentityRequest): PhysicalIdentity {
  const name = request.name ?? generatedName(request);
  return IDENTITIES[request.type]?.(name, request) ?? { ref: name, attributes: {} };
}

function generatedName({ stackName, logicalId, type }: IdentityRequest): string {
  if (type === "AWS::SecretsManager::Secret") return `${logicalId}-${hash(logicalId)}`;
  const name = `${stackName}-${logicalId}-${hash(`${stackName}/${logicalId}`)}`;
  // Bucket names: lower case, 63 characters at most.
  return type === "AWS::S3::Bucket" ? name.toLowerCase().slice(-63).replace(/^-+/, "") : name;
}

/** Twelve letters and digits, as long as CloudFormation's own suffix. */
function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}
