import { GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { GetSendQuotaCommand, SendEmailCommand, SendRawEmailCommand } from "@aws-sdk/client-ses";
import {
  CreateQueueCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";

import type { Intercept, InterceptedRequest, Verdict } from "../../local/front/interception.ts";
import {
  BUCKET,
  type Clients,
  QUEUE,
  QUEUE_URL_ON_AWS,
  startTestFront,
  TABLE,
  type TestFront,
} from "../support/local-front.ts";

let front: TestFront;
let developer: Clients;
let intercept: Intercept = () => "pass";

beforeAll(async () => {
  front = await startTestFront((request) => intercept(request));
  developer = front.clients();
});
afterAll(async () => {
  await front[Symbol.asyncDispose]();
});
afterEach(() => {
  intercept = () => "pass";
});

const putRow = (id: string) => new PutItemCommand({ TableName: TABLE, Item: { id: { S: id } } });
const hasRow = async (id: string) =>
  (await developer.dynamodb.send(new GetItemCommand({ TableName: TABLE, Key: { id: { S: id } } }))).Item !== undefined;

/** Clients of a function's process of that name, and how often it was killed. */
function functionClients(functionName: string) {
  const state = { kills: 0 };
  const credentials = front.callers.issue({
    kind: "function",
    functionName,
    pid: () => 123,
    invocationId: () => "invocation-1",
    kill: () => {
      state.kills += 1;
    },
  });
  return { clients: front.clients(credentials), state };
}

describe("the front knows who asks", () => {
  test("and counts a function's requests by service and operation, and nobody else's", async () => {
    const { clients } = functionClients("counted");
    await clients.dynamodb.send(putRow("counted-1"));
    await clients.dynamodb.send(putRow("counted-2"));
    await clients.sqs.send(new GetQueueUrlCommand({ QueueName: QUEUE }));
    await clients.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: "counted", Body: "x" }));
    await clients.ses.send(new GetSendQuotaCommand({}));
    await developer.dynamodb.send(putRow("counted-3"));
    expect(front.callLog.counts({ functionName: "counted" })).toEqual({
      dynamodb: 2,
      sqs: 1,
      s3: 1,
      ses: 1,
      operations: { "dynamodb:PutItem": 2, "sqs:GetQueueUrl": 1, "s3:PutObject": 1, "ses:GetSendQuota": 1 },
    });
  });

  test("and refuses a request without a signature", async () => {
    const response = await fetch(front.url, {
      method: "POST",
      headers: { "x-amz-target": "AmazonSQS.ListQueues" },
      body: "{}",
    });
    expect(response.status).toBe(403);
  });
});

describe("a body that is too long", () => {
  const MIB = 1024 * 1024;

  test("is said to be so, signed or not", async () => {
    const response = await fetch(front.url, { method: "POST", body: new Uint8Array(50 * MIB) });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ message: expect.stringMatching(/longer than 48 MiB/) });
  });

  test("is for S3 what its emulator does not take", async () => {
    const put = (sizeMib: number) =>
      developer.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: "long", Body: new Uint8Array(sizeMib * MIB) }));
    expect(await put(11)).toMatchObject({ $metadata: { httpStatusCode: 200 } });
    await expect(put(12)).rejects.toMatchObject({
      name: "EntityTooLarge",
      message: expect.stringMatching(/longer than 11 MiB.*s3/),
      $metadata: { httpStatusCode: 413 },
    });
  });
});

describe("an interceptor", () => {
  let requests: InterceptedRequest[];
  let sender: ReturnType<typeof functionClients>;
  const answerWith = (verdict: Verdict) => {
    intercept = async (request) => {
      requests.push(request);
      return verdict;
    };
  };
  beforeEach(() => {
    requests = [];
    sender = functionClients("intercepted");
  });

  test("sees who sends what", async () => {
    answerWith("pass");
    await sender.clients.dynamodb.send(putRow("passed"));
    await developer.dynamodb.send(putRow("not intercepted"));
    expect(requests).toMatchObject([
      {
        functionName: "intercepted",
        pid: 123,
        invocationId: "invocation-1",
        service: "dynamodb",
        operation: "PutItem",
      },
    ]);
    expect(JSON.parse(requests[0]?.body.toString() ?? "")).toMatchObject({ TableName: TABLE });
  });

  test.each<[Verdict & string, boolean, number]>([
    ["drop-before", false, 1],
    ["kill-after", true, 1],
    ["lose-response", true, 0],
  ])("that says %s: carried out %s, kills %s", async (verdict, isCarriedOut, kills) => {
    answerWith(verdict);
    await expect(sender.clients.dynamodb.send(putRow(verdict))).rejects.toThrow(/socket hang up|ECONNRESET/);
    expect(await hasRow(verdict)).toBe(isCarriedOut);
    expect(sender.state.kills).toBe(kills);
  });

  test("may answer with an error instead", async () => {
    answerWith({ error: { status: 400, code: "ThrottlingException", message: "slow down" } });
    await expect(sender.clients.dynamodb.send(putRow("throttled"))).rejects.toMatchObject({
      name: "ThrottlingException",
    });
    await expect(sender.clients.ses.send(new GetSendQuotaCommand({}))).rejects.toMatchObject({
      name: "ThrottlingException",
    });
    await expect(sender.clients.s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: "a" }))).rejects.toMatchObject({
      name: "ThrottlingException",
    });
    expect(await hasRow("throttled")).toBe(false);
  });
});

describe("S3", () => {
  const put = (Key: string, Body: string, IfNoneMatch?: "*") =>
    developer.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body, ...(IfNoneMatch && { IfNoneMatch }) }));
  const read = async (Key: string) =>
    (await developer.s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }))).Body?.transformToString();

  test("refuses a second put with If-None-Match and keeps the first object", async () => {
    await put("a folder/ä+b.txt", "first", "*");
    await expect(put("a folder/ä+b.txt", "second", "*")).rejects.toMatchObject({
      name: "PreconditionFailed",
      $metadata: { httpStatusCode: 412 },
    });
    expect(await read("a folder/ä+b.txt")).toBe("first");
  });

  test("lets exactly one of many such puts at the same time through", async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, (_, n) => put("race", String(n), "*")));
    const winners = outcomes.flatMap(({ status }, n) => (status === "fulfilled" ? [String(n)] : []));
    expect(winners).toHaveLength(1);
    expect(await read("race")).toBe(winners[0]);
  });

  test("overwrites without the condition", async () => {
    await put("plain", "first");
    await put("plain", "second");
    expect(await read("plain")).toBe("second");
  });

  test("deletes an object, twice without complaint, and the key is free again", async () => {
    await put("deleted", "first");
    const remove = () => developer.s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: "deleted" }));
    await remove();
    await expect(remove()).resolves.toMatchObject({ $metadata: { httpStatusCode: 204 } });
    await expect(developer.s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: "deleted" }))).rejects.toMatchObject({
      name: "NoSuchKey",
    });
    await expect(put("deleted", "second", "*")).resolves.toMatchObject({ $metadata: { httpStatusCode: 200 } });
  });
});

describe("SQS", () => {
  const receive = async (url: string) =>
    (
      await developer.sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: url,
          WaitTimeSeconds: 2,
          MaxNumberOfMessages: 10,
          MessageSystemAttributeNames: ["All"],
        }),
      )
    ).Messages ?? [];

  test("finds a queue by AWS's own URL and by the front's", async () => {
    const own = `${front.url}/000000000000/${QUEUE}`;
    await developer.sqs.send(new SendMessageCommand({ QueueUrl: QUEUE_URL_ON_AWS, MessageBody: "by AWS" }));
    expect(await receive(own)).toMatchObject([{ Body: "by AWS" }]);
    await developer.sqs.send(new SendMessageCommand({ QueueUrl: own, MessageBody: "by front" }));
    expect((await receive(QUEUE_URL_ON_AWS)).map(({ Body }) => Body)).toContain("by front");
  });

  test("gives URLs that work with a client that follows the queue's host", async () => {
    const { QueueUrl } = await developer.sqs.send(new GetQueueUrlCommand({ QueueName: QUEUE }));
    expect(QueueUrl).toBe(`${front.url}/000000000000/${QUEUE}`);
    expect((await developer.sqs.send(new ListQueuesCommand({}))).QueueUrls).toEqual([QueueUrl]);
    const following = new SQSClient({
      region: "us-east-1",
      credentials: { accessKeyId: "any", secretAccessKey: "any" },
      logger: { debug: noop, info: noop, warn: noop, error: noop },
    });
    const sent = await following.send(new SendMessageCommand({ QueueUrl, MessageBody: "followed" }));
    following.destroy();
    expect(sent.MessageId).toBeDefined();
  });

  test("keeps the message group of a standard queue", async () => {
    await developer.sqs.send(
      new SendMessageCommand({ QueueUrl: QUEUE_URL_ON_AWS, MessageBody: "one", MessageGroupId: "tenant-1" }),
    );
    const Entries = [
      { Id: "a", MessageBody: "two", MessageGroupId: "tenant-2" },
      { Id: "b", MessageBody: "none" },
    ];
    await developer.sqs.send(new SendMessageBatchCommand({ QueueUrl: QUEUE_URL_ON_AWS, Entries }));
    const groups = Object.fromEntries(
      (await receive(QUEUE_URL_ON_AWS)).map(({ Body, Attributes }) => [Body, Attributes?.["MessageGroupId"]]),
    );
    expect(groups).toMatchObject({ one: "tenant-1", two: "tenant-2", none: undefined });
  });

  test("refuses a queue that the template does not declare", async () => {
    const QueueUrl = QUEUE_URL_ON_AWS.replace(QUEUE, "another");
    await expect(developer.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "x" }))).rejects.toMatchObject({
      name: "QueueDoesNotExist",
    });
    await expect(developer.sqs.send(new CreateQueueCommand({ QueueName: "another" }))).rejects.toThrow("template");
  });
});

describe("SES", () => {
  const raw = (text: string) => ({ Data: Buffer.from(text.replaceAll("\n", "\r\n")) });
  const MAIL =
    "From: Shop <shop@example.com>\nTo: ada@example.org, bob@example.org\nSubject: =?utf-8?q?Caf=C3=A9?=\n\nHello";

  test("keeps a mail's bytes, tags, configuration set and recipients", async () => {
    const { clients } = functionClients("mailer");
    const { MessageId } = await clients.ses.send(
      new SendRawEmailCommand({
        RawMessage: raw(MAIL),
        ConfigurationSetName: "set",
        Tags: [{ Name: "backline_job", Value: "job-1" }],
      }),
    );
    expect(front.mails.at(-1)).toMatchObject({
      messageId: MessageId,
      from: "shop@example.com",
      to: ["ada@example.org", "bob@example.org"],
      subject: "Café",
      tags: { backline_job: "job-1" },
      configurationSet: "set",
      functionName: "mailer",
    });
    expect(front.mails.at(-1)?.raw.toString()).toBe(MAIL.replaceAll("\n", "\r\n"));
  });

  test("takes the destinations of the call before those of the headers", async () => {
    await developer.ses.send(new SendRawEmailCommand({ RawMessage: raw(MAIL), Destinations: ["eve@example.org"] }));
    expect(front.mails.at(-1)?.to).toEqual(["eve@example.org"]);
  });

  test("keeps a mail sent in parts, too", async () => {
    await developer.ses.send(
      new SendEmailCommand({
        Source: "shop@example.com",
        Destination: { ToAddresses: ["ada@example.org"] },
        Message: { Subject: { Data: "Parts" }, Body: { Text: { Data: "in parts" } } },
      }),
    );
    expect(front.mails.at(-1)).toMatchObject({ subject: "Parts", to: ["ada@example.org"] });
    expect(front.mails.at(-1)?.raw.toString()).toContain("in parts");
  });

  test.each([
    ["no sender", { RawMessage: raw("To: a@b.co\n\nx") }, "InvalidParameterValue"],
    ["no recipient", { RawMessage: raw("From: a@b.co\n\nx") }, "InvalidParameterValue"],
    ["an address without a host", { RawMessage: raw("From: a@b.co\nTo: a@b\n\nx") }, "InvalidParameterValue"],
    [
      "an unknown configuration set",
      { RawMessage: raw(MAIL), ConfigurationSetName: "other" },
      "ConfigurationSetDoesNotExistException",
    ],
    ["a tag with a colon", { RawMessage: raw(MAIL), Tags: [{ Name: "a", Value: "b:c" }] }, "InvalidParameterValue"],
    ["over 10 MB", { RawMessage: { Data: Buffer.alloc(10 * 1024 * 1024 + 1, `${MAIL}\n`) } }, "InvalidParameterValue"],
    [
      "51 recipients",
      { RawMessage: raw(MAIL), Destinations: Array.from({ length: 51 }, (_, n) => `a${n}@b.co`) },
      "InvalidParameterValue",
    ],
  ])("refuses a mail with %s, and keeps nothing", async (_name, input, name) => {
    const before = front.mails.length;
    await expect(developer.ses.send(new SendRawEmailCommand(input))).rejects.toMatchObject({ name });
    expect(front.mails).toHaveLength(before);
  });
});

function noop(): void {
  // The SDK warns that the queue's host differs from its own, which is what this test is about.
}
