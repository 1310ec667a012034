import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { GetItemCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { allEntries } from "../../infra/function-entries.ts";
import { type Runtime, startRuntime } from "../../local/runtime.ts";
import { catalog } from "../../shared/catalog/index.ts";
import { waitForFact } from "../support/facts.ts";

const NODE_MODULES = path.resolve(import.meta.dirname, "../../node_modules");

/** Small stand-ins for every function of the template: what is tested here is how they are run. */
const FUNCTIONS = {
  ...Object.fromEntries(allEntries(catalog).map((entry) => [entry, "export const handler = async () => undefined;"])),
  "webhooks/stripe": `
    import { DynamoDBClient, PutItemCommand } from "${NODE_MODULES}/@aws-sdk/client-dynamodb";
    import { GetSecretValueCommand, SecretsManagerClient } from "${NODE_MODULES}/@aws-sdk/client-secrets-manager";
    import { SendMessageCommand, SQSClient } from "${NODE_MODULES}/@aws-sdk/client-sqs";
    const [dynamodb, secrets, sqs] = [new DynamoDBClient({}), new SecretsManagerClient({}), new SQSClient({ useQueueUrlAsEndpoint: false })];
    export const handler = async (event) => {
      const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: process.env.STRIPE_WEBHOOK_SECRET_ID }));
      await dynamodb.send(new PutItemCommand({ TableName: process.env.JOBS_TABLE, Item: { id: { S: event.body } } }));
      await sqs.send(new SendMessageCommand({ QueueUrl: process.env.QUEUE_URL_PREFIX + "invoice_email", MessageBody: event.body, MessageGroupId: "tenant" }));
      return { statusCode: 202, body: SecretString };
    };`,
  "billing/invoice-email": `
    import { SendRawEmailCommand, SESClient } from "${NODE_MODULES}/@aws-sdk/client-ses";
    import { PutObjectCommand, S3Client } from "${NODE_MODULES}/@aws-sdk/client-s3";
    const [s3, ses] = [new S3Client({}), new SESClient({ maxAttempts: 1 })];
    export const handler = async ({ Records: [record] }) => {
      const Key = record.body + ".pdf";
      await s3.send(new PutObjectCommand({ Bucket: process.env.BUCKET_INVOICES, Key, Body: "%PDF", IfNoneMatch: "*" }));
      await ses.send(new SendRawEmailCommand({
        RawMessage: { Data: Buffer.from("From: a@example.com\\r\\nTo: b@example.org\\r\\nSubject: " + record.attributes.MessageGroupId + "\\r\\n\\r\\nHello") },
        ConfigurationSetName: process.env.SES_CONFIGURATION_SET,
        Tags: [{ Name: "backline_job", Value: record.body }, { Name: "backline_effect", Value: "mail" }],
      }));
      console.log(JSON.stringify({ level: "INFO", message: "sent", job: record.body }));
    };`,
  "messaging/ses-event": `
    export const handler = async ({ Records }) => { for (const { body } of Records) console.log("receipt " + body); };`,
  "api/unsubscribe": `
    export const handler = async ({ routeKey, pathParameters, body }) =>
      ({ routeKey, token: pathParameters.token, body, publicUrl: process.env.PUBLIC_URL });`,
  "messaging/sms-message": `export const handler = async () => process.env.TWILIO_BASE_URL;`,
  "api/health": `export const handler = async () => ({ statusCode: 200, body: process.env.LAMBDA_TASK_ROOT });`,
  "ops/ticker": `export const handler = async (event) => console.log("tick " + event.time);`,
};

let folder: string;
let runtime: Runtime;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "backline-e2e-"));
  for (const [entry, source] of Object.entries(FUNCTIONS)) {
    await mkdir(path.dirname(path.join(folder, entry)), { recursive: true });
    await writeFile(path.join(folder, `${entry}.ts`), source);
  }
  runtime = await startRuntime({
    synthesis: { functionsDir: folder },
    timeScale: 1 / 30,
    quiet: true,
    mailEventLagMs: 50,
  });
}, 60_000);
afterAll(async () => {
  await runtime.stop();
  await rm(folder, { recursive: true, force: true });
}, 20_000);

const linesOf = (functionName: string) => runtime.logs(functionName).map(({ text }) => text);

describe("the embedded runtime runs the synthesised template", () => {
  test("tells where everything is", () => {
    expect(runtime.info).toMatchObject({
      region: "us-east-1",
      tables: { jobs: expect.stringContaining("JobsTable"), records: expect.stringContaining("RecordsTable") },
      buckets: {
        invoices: expect.stringContaining("invoices"),
        giftcards: expect.stringContaining("giftcards"),
        assets: expect.stringContaining("assets"),
        broadcasts: expect.stringContaining("broadcasts"),
        jobdata: expect.stringContaining("jobdata"),
      },
      queues: {
        invoice_email: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/000000000000\/backline-invoice_email$/),
        "invoice_email-dlq": expect.stringMatching(/backline-invoice_email-dlq$/),
      },
      webhookSecrets: { stripe: expect.stringMatching(/^whsec_/), twilio: expect.stringMatching(/^[0-9a-f]{48}$/) },
      messages: `${runtime.info.mailbox}/messages`,
      environment: { BUCKET_ASSETS: runtime.info.buckets["assets"], BUCKET_JOBDATA: runtime.info.buckets["jobdata"] },
    });
    expect(runtime.notices).toEqual([]);
  });

  test("takes a request through API, function, table, queue, second function, bucket and mail to the receipts", async () => {
    const response = await fetch(`${runtime.info.api}/webhooks/stripe`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "order-1",
    });
    expect(response.status).toBe(202);
    expect(JSON.parse(await response.text())).toEqual({ current: runtime.info.webhookSecrets["stripe"] });
    await waitForFact("both receipts", () => linesOf("backline-ses_event").length === 2 || undefined);
    expect(runtime.mails()).toMatchObject([
      {
        subject: "tenant",
        tags: { backline_job: "order-1", backline_effect: "mail" },
        functionName: "backline-invoice_email",
      },
    ]);
    const receipts = linesOf("backline-ses_event").map((line): unknown => JSON.parse(line.replace("receipt ", "")));
    const data = { messageId: runtime.mails()[0]?.messageId, jobId: "order-1", effect: "mail" };
    expect(receipts).toMatchObject([
      { v: 1, type: "ses_event", event: { data: { ...data, eventType: "Send" } } },
      { v: 1, type: "ses_event", event: { data: { ...data, eventType: "Delivery" } } },
    ]);
    expect(runtime.calls({ functionName: "backline-invoice_email" })).toMatchObject({
      dynamodb: 0,
      sqs: 0,
      s3: 1,
      ses: 1,
    });
    expect(runtime.calls({ functionName: "backline-webhooks-stripe" })).toMatchObject({
      dynamodb: 1,
      sqs: 1,
      s3: 0,
      ses: 0,
    });
  });

  test("leads the links of mails to their functions, which know where they are reached", async () => {
    const url = `${runtime.info.api}/unsubscribe/abc.def-_9`;
    const answer = { token: "abc.def-_9", publicUrl: runtime.info.api };
    const got = await fetch(url);
    expect(await got.json()).toEqual({ ...answer, routeKey: "GET /unsubscribe/{token}" });
    const posted = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "List-Unsubscribe=One-Click",
    });
    expect(await posted.json()).toEqual({
      ...answer,
      routeKey: "POST /unsubscribe/{token}",
      body: Buffer.from("List-Unsubscribe=One-Click").toString("base64"),
    });
  });

  test("has a stand-in for Twilio beside the mailbox, and lets functions know no other", async () => {
    const result = await runtime.invoke("backline-sms_message", { Records: [] });
    expect(result).toMatchObject({ ok: true, payload: `${runtime.info.mailbox}/twilio` });
    expect((await fetch(runtime.info.messages)).status).toBe(200);
    expect(runtime.messages()).toEqual([]);
  });

  test("lets a program outside read what functions wrote", async () => {
    const { endpoints, region, credentials, tables } = runtime.info;
    const dynamodb = new DynamoDBClient({ endpoint: endpoints.dynamodb, region, credentials });
    const { Item } = await dynamodb.send(
      new GetItemCommand({ TableName: tables["jobs"], Key: { id: { S: "order-1" } } }),
    );
    dynamodb.destroy();
    expect(Item).toEqual({ id: { S: "order-1" } });
  });

  test("runs schedules, scaled with the rest", async () => {
    await waitForFact("two ticks", () => linesOf("backline-ops-ticker").length >= 2 || undefined);
    const [first, second] = linesOf("backline-ops-ticker");
    expect(first).toMatch(/^tick \d{4}-/);
    expect(second).not.toBe(first);
  });

  test("leaves no process, port or file behind", async () => {
    const codeDir = await (await fetch(`${runtime.info.api}/health`)).text();
    expect(existsSync(codeDir)).toBe(true);
    const pids = runtime.processes().map(({ pid }) => pid);
    expect(pids.length).toBeGreaterThan(0);
    await runtime.stop();
    await runtime.stop();
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    for (const url of [runtime.info.api, runtime.info.mailbox, runtime.info.endpoints.sqs]) {
      await expect(fetch(url)).rejects.toThrow("fetch failed");
    }
    expect(existsSync(codeDir)).toBe(false);
  });
});
