import { describe, expect, it, jest } from "@jest/globals";
import { S3ServiceException, type S3Client } from "@aws-sdk/client-s3";
import { SESServiceException, type SESClient } from "@aws-sdk/client-ses";
import type { SQSClient } from "@aws-sdk/client-sqs";

import { sesClient, sqsClient } from "../../shared/aws/clients.ts";
import { S3FileStore } from "../../shared/aws/s3-file-store.ts";
import { SesMailer } from "../../shared/aws/ses-mailer.ts";
import { SqsJobQueue } from "../../shared/aws/sqs-job-queue.ts";
import { PowertoolsMetrics } from "../../shared/telemetry/powertools-metrics.ts";

/** A client that answers, or throws, what a test says, and keeps what it was asked. */
// The adapters use of a client only `send`; each test says which client it stands for.
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
function fakeClient<Client>(answer: () => unknown) {
  const inputs: unknown[] = [];
  const send = (command: { readonly input: unknown }) => {
    inputs.push(command.input);
    return new Promise((resolve) => resolve(answer()));
  };
  return { client: { send } as unknown as Client, inputs };
}

const throwing = (error: Error) => () => {
  throw error;
};

const mail = { raw: Buffer.from("mime"), from: "a@example.com", to: "b@example.com", jobId: "job-1", effect: "mail" };
const sesError = (name: string, $fault: "client" | "server") =>
  new SESServiceException({ name, $fault, message: "no", $metadata: {} });

describe("mail through SES", () => {
  it("goes to one recipient, tagged with job, effect, a hash of whom, kind and broadcast", async () => {
    const { client, inputs } = fakeClient<SESClient>(() => ({ MessageId: "ses-1" }));
    await expect(new SesMailer(client, "set").send(mail)).resolves.toEqual({ id: "ses-1" });
    expect(inputs).toMatchObject([
      {
        Destinations: ["b@example.com"],
        ConfigurationSetName: "set",
        Tags: [
          { Name: "backline_job", Value: "job-1" },
          { Name: "backline_effect", Value: "mail" },
          { Name: "backline_recipient", Value: "e8f39b3e1382367d6d41ab34dc270d4e7533f978" },
          { Name: "backline_kind", Value: "other" },
          { Name: "backline_broadcast", Value: "none" },
        ],
      },
    ]);
  });

  it("says of which kind and broadcast it is", async () => {
    const { client, inputs } = fakeClient<SESClient>(() => ({ MessageId: "ses-1" }));
    await new SesMailer(client, "set").send({ ...mail, kind: "marketing", broadcastId: "spring-2026" });
    expect(inputs).toMatchObject([
      {
        Tags: expect.arrayContaining([
          { Name: "backline_kind", Value: "marketing" },
          { Name: "backline_broadcast", Value: "spring-2026" },
        ]),
      },
    ]);
  });

  it.each([
    ["a throttling answer", sesError("Throttling", "client"), false],
    ["a rejected message", sesError("MessageRejected", "client"), true],
    ["a refused connection", Object.assign(new Error("connect"), { code: "ECONNREFUSED" }), false],
  ])("is certainly not sent after %s", async (_, error, isPermanent) => {
    const { client } = fakeClient<SESClient>(throwing(error));
    await expect(new SesMailer(client, "set").send(mail)).rejects.toMatchObject({
      code: expect.any(String),
      isPermanent,
    });
  });

  it.each([
    ["an answer 5xx", sesError("InternalFailure", "server")],
    ["a time-out", Object.assign(new Error("timed out"), { name: "TimeoutError" })],
    ["a connection that broke", Object.assign(new Error("reset"), { code: "ECONNRESET" })],
  ])("has an unknown outcome after %s", async (_, error) => {
    const { client } = fakeClient<SESClient>(throwing(error));
    await expect(new SesMailer(client, "set").send(mail)).rejects.toBe(error);
  });

  it("is never tried twice by the client itself", async () => {
    await expect(sesClient({ timeoutMs: 1 }).config.maxAttempts()).resolves.toBe(1);
  });
});

describe("files in S3", () => {
  const file = { bucket: "invoices", key: "a.pdf", body: Buffer.from("pdf"), contentType: "application/pdf" } as const;

  it("are put only where there is none", async () => {
    const { client, inputs } = fakeClient<S3Client>(() => ({}));
    await expect(new S3FileStore(client, (name) => `b-${name}`).putOnce(file)).resolves.toBe(true);
    expect(inputs).toMatchObject([{ Bucket: "b-invoices", Key: "a.pdf", IfNoneMatch: "*" }]);
  });

  it("that are there already are left, and any other failure is thrown", async () => {
    const failure = (httpStatusCode: number) =>
      new S3ServiceException({ name: "x", $fault: "client", message: "x", $metadata: { httpStatusCode } });
    const store = (status: number) => new S3FileStore(fakeClient<S3Client>(throwing(failure(status))).client, String);
    await expect(store(412).putOnce(file)).resolves.toBe(false);
    await expect(store(403).putOnce(file)).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
  });
});

describe("queues in SQS", () => {
  const permit = (id: string) => ({
    permit: { v: 1, type: "greeting", id, run: 1 } as const,
    tenant: "shop-1",
    delaySeconds: 0,
  });

  it("get each message with its tenant as the message group, whoever sends it", async () => {
    const { client, inputs } = fakeClient<SQSClient>(() => ({}));
    const queue = new SqsJobQueue(client, "https://sqs/backline-");
    await queue.send({ ...permit("a"), delaySeconds: 7 });
    await queue.sendAll("greeting", [permit("b"), { ...permit("c"), tenant: "shop-2" }]);
    await queue.deadLetter("greeting", "{}", "shop-3");
    await queue.sendTick({ v: 1, type: "greeting", tick: { schedule: "daily", at: "2026-01-01T00:00:00.000Z" } });
    expect(inputs).toMatchObject([
      { QueueUrl: "https://sqs/backline-greeting", MessageGroupId: "shop-1", DelaySeconds: 7 },
      { Entries: [{ MessageGroupId: "shop-1" }, { MessageGroupId: "shop-2" }] },
      { QueueUrl: "https://sqs/backline-greeting-dlq", MessageGroupId: "shop-3" },
      { QueueUrl: "https://sqs/backline-greeting", MessageGroupId: "default" },
    ]);
  });

  it("take permits by tens, and tell which ones they took", async () => {
    const answers = [{ Successful: [{ Id: "0" }, { Id: "9" }] }, { Successful: [{ Id: "0" }] }];
    const { client, inputs } = fakeClient<SQSClient>(() => answers.shift());
    const outgoing = Array.from({ length: 12 }, (_, index) => permit(`job-${index}`));
    const accepted = await new SqsJobQueue(client, "https://sqs/backline-").sendAll("greeting", outgoing);
    expect(accepted.map((each) => each.permit.id)).toEqual(["job-0", "job-9", "job-10"]);
    expect(inputs).toHaveLength(2);
  });

  it("are reached at the configured endpoint, not at their URL's host", () => {
    expect(sqsClient({ timeoutMs: 1 }).config).toMatchObject({ useQueueUrlAsEndpoint: false });
  });
});

describe("metrics", () => {
  it("are log lines in embedded metric format with no dimension but their own", () => {
    const lines: string[] = [];
    const log = jest.spyOn(process.stdout, "write").mockImplementation((line) => lines.push(String(line)) > 0);
    const metrics = new PowertoolsMetrics();
    metrics.count("webhookIgnored", { EventType: "charge.refunded" });
    metrics.gauge("needsReview", 2, "Count");
    log.mockRestore();
    const [ignored, review] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(ignored).toMatchObject({
      WebhookIgnored: 1,
      EventType: "charge.refunded",
      _aws: { CloudWatchMetrics: [{ Namespace: "Backline", Dimensions: [["EventType"]] }] },
    });
    expect(review).toMatchObject({
      NeedsReview: 2,
      _aws: { CloudWatchMetrics: [{ Namespace: "Backline", Dimensions: [[]] }] },
    });
  });
});
