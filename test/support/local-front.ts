import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { SESClient } from "@aws-sdk/client-ses";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";

import { startEmulators } from "../../local/emulators/emulators.ts";
import { CallLog } from "../../local/front/call-log.ts";
import { Callers, type Credentials, DEVELOPER_CREDENTIALS } from "../../local/front/callers.ts";
import { createFront } from "../../local/front/front.ts";
import type { Intercept } from "../../local/front/interception.ts";
import { dynamodbService } from "../../local/front/services/dynamodb.ts";
import { s3Service } from "../../local/front/services/s3.ts";
import { schedulerService } from "../../local/front/services/scheduler.ts";
import { LocalSecrets } from "../../local/front/services/secrets.ts";
import { type MailLimits, SesQuota } from "../../local/front/services/ses-quota.ts";
import { sesService } from "../../local/front/services/ses.ts";
import { sqsService } from "../../local/front/services/sqs.ts";
import { openListeners } from "../../local/listener.ts";
import type { Mail } from "../../local/mail/mail-store.ts";
import { ScheduleRunner } from "../../local/sources/schedule-runner.ts";

export const TABLE = "rows";
export const BUCKET = "files";
export const QUEUE = "backline-thing";
export const urlOnAws = (queue: string): string => `https://sqs.us-east-1.amazonaws.com/000000000000/${queue}`;
export const QUEUE_URL_ON_AWS = urlOnAws(QUEUE);

/** A front before real emulators, with one table, one bucket and one queue. */
export interface TestFront extends AsyncDisposable {
  readonly url: string;
  readonly callers: Callers;
  readonly callLog: CallLog;
  readonly mails: Mail[];
  /** Clients that sign with these credentials; a developer's by default. */
  clients(credentials?: Credentials): Clients;
  /** One more queue, with a visibility timeout of a second. */
  createQueue(name: string): Promise<void>;
}

export interface Clients {
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  readonly ses: SESClient;
  readonly sqs: SQSClient;
}

export async function startTestFront(intercept?: Intercept, limits?: MailLimits): Promise<TestFront> {
  const emulators = await startEmulators();
  const [listener] = await openListeners([{ purpose: "the test", port: 0 }]);
  if (listener === undefined) throw new Error("no listener");
  const [callers, callLog, mails] = [new Callers(), new CallLog(), new Array<Mail>()];
  const schedules = new ScheduleRunner({ timeScale: 1, deliver: async () => undefined, onError: () => undefined });
  listener.handle(
    createFront({
      callers,
      callLog,
      intercept,
      services: {
        dynamodb: dynamodbService(emulators.dynamodb),
        s3: s3Service(emulators.fauxqs),
        sqs: sqsService({ upstream: emulators.fauxqs, frontUrl: listener.url }),
        ses: sesService({
          upstream: emulators.ses,
          configurationSets: new Set(["set"]),
          quota: new SesQuota(limits),
          onMail: (mail) => mails.push(mail),
        }),
        secretsmanager: new LocalSecrets([]).service,
        scheduler: schedulerService(schedules),
        sts: async () => ({ status: 200, headers: {}, body: Buffer.alloc(0) }),
      },
    }),
  );
  const made: Clients[] = [];
  const clients = (credentials: Credentials = DEVELOPER_CREDENTIALS) => {
    const options = { endpoint: listener.url, region: "us-east-1", credentials, maxAttempts: 1 };
    const created = {
      dynamodb: new DynamoDBClient(options),
      s3: new S3Client({ ...options, forcePathStyle: true }),
      ses: new SESClient(options),
      sqs: new SQSClient({ ...options, useQueueUrlAsEndpoint: false }),
    };
    made.push(created);
    return created;
  };
  const fauxqs = `http://127.0.0.1:${emulators.fauxqs.port}`;
  await createResources(fauxqs, `http://127.0.0.1:${emulators.dynamodb.port}`);
  return {
    url: listener.url,
    callers,
    callLog,
    mails,
    clients,
    createQueue: (name) => createQueue(fauxqs, name),
    [Symbol.asyncDispose]: async () => {
      schedules.stop();
      for (const client of made.flatMap((each) => Object.values(each))) client.destroy();
      await listener.close();
      await emulators.close();
    },
  };
}

/** In the emulators themselves: the front lets nobody create a queue. */
async function createResources(fauxqs: string, dynalite: string): Promise<void> {
  const options = { region: "us-east-1", credentials: DEVELOPER_CREDENTIALS };
  const dynamodb = new DynamoDBClient({ ...options, endpoint: dynalite });
  const s3 = new S3Client({ ...options, endpoint: fauxqs, forcePathStyle: true });
  await dynamodb.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    }),
  );
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  await createQueue(fauxqs, QUEUE);
  for (const client of [dynamodb, s3]) client.destroy();
}

async function createQueue(endpoint: string, QueueName: string): Promise<void> {
  const sqs = new SQSClient({ region: "us-east-1", credentials: DEVELOPER_CREDENTIALS, endpoint });
  await sqs.send(new CreateQueueCommand({ QueueName, Attributes: { VisibilityTimeout: "1" } }));
  sqs.destroy();
}
