import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SESClient } from "@aws-sdk/client-ses";
import { SQSClient } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

/** Credentials and endpoints come from the environment, on AWS and in the embedded runtime alike; so does the region by default. */
export interface ClientSettings {
  /** After so many milliseconds a request is given up; see `clientTimeoutMs`. */
  readonly timeoutMs: number;
  readonly region?: string;
}

const common = ({ timeoutMs, region }: ClientSettings) => ({
  ...(region !== undefined && { region }),
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: timeoutMs,
    requestTimeout: timeoutMs, // until the answer begins
    socketTimeout: timeoutMs, // between two parts of it: S3's body could stall for ever
    throwOnRequestTimeout: true, // the default only warns
  },
});

export function dynamoClient(settings: ClientSettings): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(new DynamoDBClient(common(settings)), {
    marshallOptions: { removeUndefinedValues: true },
  });
}

/** `useQueueUrlAsEndpoint: false`: else the client would call the URL's own host, past `AWS_ENDPOINT_URL`. */
export function sqsClient(settings: ClientSettings): SQSClient {
  return new SQSClient({ ...common(settings), useQueueUrlAsEndpoint: false });
}

export function s3Client(settings: ClientSettings): S3Client {
  return new S3Client(common(settings));
}

/** One attempt: SES has no idempotency token, and a retry inside the client could send a mail twice. */
export function sesClient(settings: ClientSettings): SESClient {
  return new SESClient({ ...common(settings), maxAttempts: 1 });
}

export function secretsClient(settings: ClientSettings): SecretsManagerClient {
  return new SecretsManagerClient(common(settings));
}
