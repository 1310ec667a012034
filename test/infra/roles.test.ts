import { beforeAll, describe, expect, it } from "@jest/globals";

import {
  ARN,
  HERE,
  jobdata,
  jobRows,
  keep,
  mailing,
  ownAndNewJobs,
  ownData,
  ownJobs,
  ownLog,
  queryIndex,
  readRecords,
  readSecret,
  records,
  sendTo,
} from "./support/expected-permissions.ts";
import { environmentOf, functionNames, permissionsOf, readable } from "./support/permissions.ts";
import { spelledOutCatalog } from "./support/spelled-out-catalog.ts";
import { type Synthesised, synthesised } from "./support/synthesised.ts";

let app: Synthesised;
let whole: Synthesised;
beforeAll(async () => {
  const config = { senderIdentity: "shop.example" };
  app = await synthesised({ config, catalog: spelledOutCatalog, rules: "none" });
  whole = await synthesised({ config, rules: "none" });
});

const ENQUEUED = ["gift_card_delivery", "invoice_email", "order_confirmation"];
const PRODUCT_RECORDS = ["art_orders", "course_orders", "gift_card_orders", "shop_orders"];

describe("a function's role", () => {
  it("lets stripe_event book a payment and enqueue what each product needs", () => {
    expect(permissionsOf(app.jobs, "backline-stripe_event")).toEqual([
      ...ownAndNewJobs("JobsStripeEvent"),
      sendTo("EnqueueJobs", "gift_card_delivery", "invoice_email", "order_confirmation"),
      keep("KeepDebounces", "debounce"),
      jobdata("StorePayloads", ["PutObject"], ...ENQUEUED.map((type) => `payloads/${type}`)),
      readRecords("receipt", "pause", "order", "payment", "invoice_number", "settings", "customer", ...PRODUCT_RECORDS),
      records(
        "WriteRecords",
        ["PutItem", "UpdateItem"],
        ["order", "payment", "invoice_number", "customer", ...PRODUCT_RECORDS],
      ),
      ...ownData("stripe_event"),
      jobdata("ReadChildResults", ["GetObject"], ...ENQUEUED.map((type) => `steps/${type}`)),
    ]);
  });

  it("lets invoice_email store a PDF and send it, under our configuration set only", () => {
    expect(permissionsOf(app.jobs, "backline-invoice_email")).toEqual([
      ...ownJobs("JobsInvoiceEmail"),
      sendTo("WakeWaiters", "stripe_event"),
      readRecords("receipt", "pause", "settings", "suppression", "file_link"),
      records("WriteRecords", ["PutItem", "UpdateItem"], ["file_link"]),
      keep("KeepLimits", "limit"),
      ...ownData("invoice_email"),
      { sid: "ReadFiles", actions: ["s3:GetObject"], on: ["<AssetsBucketArn>/*"] },
      { sid: "UseFiles", actions: ["s3:GetObject", "s3:PutObject"], on: ["<InvoicesBucketArn>/*"] },
      ...mailing("shop.example"),
    ]);
  });

  it("lets sms_message read the provider's credentials, and mail nothing", () => {
    const permissions = permissionsOf(app.jobs, "backline-sms_message");
    expect(permissions).toContainEqual(readSecret("ReadTwilioSecret", "${TwilioSecret}"));
    expect(permissions.map(({ sid }) => sid)).not.toContain("SendMail");
  });

  it("lets ses_event create its own job rows, and write receipts, statistics and who must not be mailed", () => {
    expect(permissionsOf(app.jobs, "backline-ses_event")).toEqual([
      ...ownAndNewJobs("JobsSesEvent"),
      jobdata("StorePayloads", ["PutObject"], "payloads/ses_event"),
      readRecords("receipt", "pause", "suppression", "mail_event", "broadcast"),
      records("WriteRecords", ["PutItem", "UpdateItem"], ["receipt", "suppression", "mail_event", "broadcast"]),
      ...ownData("ses_event"),
    ]);
  });

  it("lets the ticker find due rows, send permits to every job queue that is not paused, and ask how deep DLQs are", () => {
    expect(permissionsOf(app.jobs, "backline-ops-ticker")).toEqual([
      ownLog("TickerFunction"),
      queryIndex("FindDueJobs", "due"),
      jobRows("NotePermits", ["GetItem", "UpdateItem"]),
      {
        sid: "SendPermits",
        actions: ["sqs:GetQueueAttributes", "sqs:SendMessage"],
        on: [
          "${JobsGiftCardDeliveryQueue.Arn}",
          "${JobsInvoiceEmailQueue.Arn}",
          "${JobsOrderConfirmationQueue.Arn}",
          "${JobsSesEventQueue.Arn}",
          "${JobsSmsMessageQueue.Arn}",
          "${JobsStripeEventQueue.Arn}",
          "${JobsTwilioEventQueue.Arn}",
        ],
      },
      jobRows("ReadDueJobs", ["BatchGetItem"]),
      records("KeepScheduleLedger", ["GetItem", "PutItem", "Query", "UpdateItem"], ["schedule"]),
      records("ReadPauses", ["GetItem"], ["pause"]),
      {
        sid: "CountDeadLetters",
        actions: ["sqs:GetQueueAttributes"],
        on: [
          "gift_card_delivery",
          "invoice_email",
          "order_confirmation",
          "ses_event",
          "sms_message",
          "stripe_event",
          "twilio_event",
        ].map((type) => `${ARN}:sqs:${HERE}:backline-${type}-dlq`),
      },
    ]);
  });

  it("lets the Stripe webhook enqueue one type and read one secret", () => {
    expect(permissionsOf(app.jobs, "backline-webhooks-stripe")).toEqual([
      ownLog("PublicApiStripeWebhook"),
      jobRows("CreateJobRows", ["BatchGetItem", "GetItem", "PutItem", "UpdateItem"]),
      sendTo("EnqueueJobs", "stripe_event"),
      keep("KeepDebounces", "debounce"),
      jobdata("StorePayloads", ["PutObject"], "payloads/stripe_event"),
      readSecret("ReadSigningSecrets", "${PublicApiStripeWebhookSecret}"),
    ]);
  });

  it("lets the Twilio webhook enqueue one type and read one secret", () => {
    expect(permissionsOf(app.jobs, "backline-webhooks-twilio")).toEqual([
      ownLog("PublicApiTwilioWebhook"),
      jobRows("CreateJobRows", ["BatchGetItem", "GetItem", "PutItem", "UpdateItem"]),
      sendTo("EnqueueJobs", "twilio_event"),
      keep("KeepDebounces", "debounce"),
      jobdata("StorePayloads", ["PutObject"], "payloads/twilio_event"),
      readSecret("ReadTwilioSecret", "${TwilioSecret}"),
    ]);
  });

  it("lets the file route read links and the files that they may lead to", () => {
    expect(permissionsOf(app.jobs, "backline-api-files")).toEqual([
      ownLog("PublicApiFiles"),
      records("ReadRecords", ["GetItem"], ["file_link", "settings"]),
      {
        sid: "ReadFiles",
        actions: ["s3:GetObject"],
        on: ["<GiftcardsBucketArn>/*", "<InvoicesBucketArn>/*"],
      },
      readSecret("ReadLinkKeys", "<LinkSecret>"),
    ]);
  });

  it("lets the unsubscribe route change the suppression list, and nothing else", () => {
    expect(permissionsOf(app.jobs, "backline-api-unsubscribe")).toEqual([
      ownLog("PublicApiUnsubscribe"),
      records("ReadRecords", ["GetItem"], ["suppression", "settings"]),
      records("WriteRecords", ["PutItem"], ["suppression"]),
      readSecret("ReadLinkKeys", "<LinkSecret>"),
    ]);
  });

  it("lets the health check do nothing but log", () => {
    expect(permissionsOf(app.jobs, "backline-api-health")).toEqual([ownLog("PublicApiHealth")]);
  });

  it("never allows all actions of a service, and all resources only where SES takes no other", () => {
    const permissions = functionNames(whole.jobs).flatMap((name) => permissionsOf(whole.jobs, name));
    expect(permissions.filter(({ actions }) => actions.join(" ").includes("*"))).toEqual([]);
    const ofAllResources = permissions.filter(({ on }) => on.includes("*")).flatMap(({ actions }) => actions);
    expect([...new Set(ofAllResources)]).toEqual(["ses:GetSendQuota"]);
  });
});

describe("a function's environment", () => {
  const queueUrlPrefix = "https://sqs.${AWS::Region}.${AWS::URLSuffix}/${AWS::AccountId}/backline-";
  const PUBLIC_URL = "${PublicApi.ApiEndpoint}";
  const engine = {
    JOBS_TABLE: "<JobsTable>",
    RECORDS_TABLE: "<RecordsTable>",
    QUEUE_URL_PREFIX: queueUrlPrefix,
    TIME_SCALE: "1",
    NODE_OPTIONS: "--enable-source-maps",
  };

  it("names to a worker its tables, its queues and the buckets that it needs", () => {
    expect(environmentOf(app.jobs, "backline-invoice_email")).toEqual({
      ...engine,
      BUCKET_JOBDATA: "<JobdataBucket>",
      BUCKET_INVOICES: "<InvoicesBucket>",
      BUCKET_ASSETS: "<AssetsBucket>",
      SES_CONFIGURATION_SET: "backline",
      LINK_SECRET_ID: "<LinkSecret>",
      PUBLIC_URL,
      POWERTOOLS_SERVICE_NAME: "invoice_email",
    });
    expect(environmentOf(app.jobs, "backline-ses_event")).toEqual({
      ...engine,
      BUCKET_JOBDATA: "<JobdataBucket>",
      POWERTOOLS_SERVICE_NAME: "ses_event",
    });
  });

  it("names to a function that sends messages the provider, its credentials and where callbacks go", () => {
    expect(environmentOf(app.jobs, "backline-sms_message")).toEqual({
      ...engine,
      BUCKET_JOBDATA: "<JobdataBucket>",
      TWILIO_SECRET_ID: "${TwilioSecret}",
      TWILIO_BASE_URL: "https://api.twilio.com",
      PUBLIC_URL,
      POWERTOOLS_SERVICE_NAME: "sms_message",
    });
  });

  it("has the queues' prefix that the stack prints for the commands", () => {
    const { QueueUrlPrefix } = app.jobs.findOutputs("QueueUrlPrefix");
    expect(readable(QueueUrlPrefix?.["Value"])).toBe(queueUrlPrefix);
  });

  it("names to a webhook its secret and the bucket of payloads, and to the others no more than they need", () => {
    expect(environmentOf(app.jobs, "backline-webhooks-stripe")).toEqual({
      ...engine,
      BUCKET_JOBDATA: "<JobdataBucket>",
      STRIPE_WEBHOOK_SECRET_ID: "${PublicApiStripeWebhookSecret}",
      POWERTOOLS_SERVICE_NAME: "stripe_webhook",
    });
    expect(environmentOf(app.jobs, "backline-webhooks-twilio")).toEqual({
      ...engine,
      BUCKET_JOBDATA: "<JobdataBucket>",
      TWILIO_SECRET_ID: "${TwilioSecret}",
      PUBLIC_URL,
      POWERTOOLS_SERVICE_NAME: "twilio_webhook",
    });
    expect(environmentOf(app.jobs, "backline-api-files")).toEqual({
      ...engine,
      BUCKET_INVOICES: "<InvoicesBucket>",
      BUCKET_GIFTCARDS: "<GiftcardsBucket>",
      LINK_SECRET_ID: "<LinkSecret>",
      PUBLIC_URL,
      POWERTOOLS_SERVICE_NAME: "files",
    });
    expect(environmentOf(app.jobs, "backline-api-unsubscribe")).toEqual({
      ...engine,
      LINK_SECRET_ID: "<LinkSecret>",
      PUBLIC_URL,
      POWERTOOLS_SERVICE_NAME: "unsubscribe",
    });
    expect(environmentOf(app.jobs, "backline-ops-ticker")).toEqual({ ...engine, POWERTOOLS_SERVICE_NAME: "ticker" });
    expect(environmentOf(app.jobs, "backline-api-health")).toEqual({
      POWERTOOLS_SERVICE_NAME: "health",
      NODE_OPTIONS: "--enable-source-maps",
    });
  });
});
