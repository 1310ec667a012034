import { beforeAll, describe, expect, it } from "@jest/globals";
import { Match, type Template } from "aws-cdk-lib/assertions";
import * as z from "zod";

import { jobdata, jobRows, keep, ownLog, readRecords, readSecret, sendTo } from "./support/expected-permissions.ts";
import { environmentOf, permissionsOf, readable } from "./support/permissions.ts";
import { spelledOutCatalog } from "./support/spelled-out-catalog.ts";
import { type Synthesised, synthesised } from "./support/synthesised.ts";

let app: Synthesised;
beforeAll(async () => {
  app = await synthesised({ catalog: spelledOutCatalog, rules: "none" });
});

describe("the HTTP API", () => {
  it("has its routes, throttles them and logs every request, without its path: a link's token is its permission", () => {
    const routes = Object.values(app.jobs.findResources("AWS::ApiGatewayV2::Route"));
    expect(routes.map(({ Properties }) => String(Properties.RouteKey)).sort()).toEqual([
      "GET /analytics/{tenantId}/overview",
      "GET /api/admin/analytics/aggregate",
      "GET /api/admin/cleanup",
      "GET /api/admin/subscriptions/expiry-checker",
      "GET /api/admin/subscriptions/payment-reminders",
      "GET /api/cron/cleanup",
      "GET /api/cron/reminders",
      "GET /files/{token}",
      "GET /health",
      "GET /unsubscribe/{token}",
      "POST /api/admin/analytics/aggregate",
      "POST /api/admin/cleanup",
      "POST /api/admin/subscriptions/expiry-checker",
      "POST /api/admin/subscriptions/payment-reminders",
      "POST /api/cron/cleanup",
      "POST /api/cron/reminders",
      "POST /unsubscribe/{token}",
      "POST /webhooks/stripe",
      "POST /webhooks/twilio",
    ]);
    app.jobs.hasResourceProperties("AWS::ApiGatewayV2::Stage", {
      StageName: "$default",
      AutoDeploy: true,
      AccessLogSettings: { Format: Match.not(Match.stringLikeRegexp("path|Path|querystring|authorizer|header")) },
      DefaultRouteSettings: { ThrottlingBurstLimit: 100, ThrottlingRateLimit: 50 },
    });
  });

  it("lets few calls a second through to the routes that wait for their job, once these are there", () => {
    const [stage] = Object.values(app.jobs.findResources("AWS::ApiGatewayV2::Stage"));
    const routes = Object.entries(app.jobs.findResources("AWS::ApiGatewayV2::Route"));
    const waiting = routes.filter(([, { Properties }]) => String(Properties.RouteKey).includes(" /api/"));
    expect(waiting).toHaveLength(12);
    expect(stage?.["Properties"].RouteSettings).toEqual(
      Object.fromEntries(
        waiting.map(([, { Properties }]) => [
          String(Properties.RouteKey),
          { ThrottlingRateLimit: 1, ThrottlingBurstLimit: 5 },
        ]),
      ),
    );
    expect(stage?.["DependsOn"]).toEqual(expect.arrayContaining(waiting.map(([id]) => id)));
  });

  it("is known to the functions by its own address, or by the one that the configuration gives", async () => {
    const { PublicUrl } = app.jobs.findOutputs("PublicUrl");
    expect(readable(PublicUrl?.["Value"])).toBe("${PublicApi.ApiEndpoint}");
    const config = { publicUrl: "https://jobs.shop.example", twilioBaseUrl: "https://api.dublin.ie1.twilio.com" };
    const named = await synthesised({ config, catalog: spelledOutCatalog, rules: "none" });
    expect(environmentOf(named.jobs, "backline-invoice_email")).toMatchObject({
      PUBLIC_URL: "https://jobs.shop.example",
    });
    expect(environmentOf(named.jobs, "backline-sms_message")).toMatchObject({
      PUBLIC_URL: "https://jobs.shop.example",
      TWILIO_BASE_URL: "https://api.dublin.ie1.twilio.com",
    });
  });
});

describe("the secrets", () => {
  it("begin with a random value, with which nobody can be fooled and nothing sent", () => {
    const generated = { GenerateSecretString: { SecretStringTemplate: "{}", GenerateStringKey: "current" } };
    app.jobs.resourcePropertiesCountIs("AWS::SecretsManager::Secret", generated, 2);
    app.jobs.hasResourceProperties("AWS::SecretsManager::Secret", {
      GenerateSecretString: { SecretStringTemplate: '{"accountSid":"not set"}', GenerateStringKey: "authToken" },
    });
    app.data.resourcePropertiesCountIs("AWS::SecretsManager::Secret", generated, 1);
  });

  it("are four, for each costs $0.40 a month; the keys of links outlive the stacks, as the mails do that hold them", () => {
    app.jobs.resourceCountIs("AWS::SecretsManager::Secret", 3);
    app.data.resourceCountIs("AWS::SecretsManager::Secret", 1);
    app.data.allResources("AWS::SecretsManager::Secret", { DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain" });
  });

  it("are named in the outputs, where somebody has to store the real one", () => {
    app.jobs.hasOutput("StripeWebhookSecretArn", {});
    app.jobs.hasOutput("TwilioSecretArn", {});
    app.jobs.hasOutput("CronSecretArn", {});
  });
});

const CRON_TYPES = [
  "analytics_aggregation",
  "cleanup",
  "reminders",
  "store_cleanup",
  "subscription_expiry_check",
  "subscription_payment_reminders",
];

describe("the functions behind the cron secret", () => {
  it("may enqueue six types and read what became of them, and read the secret", () => {
    expect(permissionsOf(app.jobs, "backline-api-cron")).toEqual([
      ownLog("PublicApiCron"),
      jobRows("CreateJobRows", ["BatchGetItem", "GetItem", "PutItem", "UpdateItem"]),
      sendTo("EnqueueJobs", ...CRON_TYPES),
      keep("KeepDebounces", "debounce"),
      jobdata("StorePayloads", ["PutObject"], ...CRON_TYPES.map((type) => `payloads/${type}`)),
      jobdata("ReadResults", ["GetObject"], ...CRON_TYPES.map((type) => `steps/${type}`)),
      readSecret("ReadCronSecret", "${PublicApiCronSecret}"),
    ]);
    expect(environmentOf(app.jobs, "backline-api-cron")).toMatchObject({
      BUCKET_JOBDATA: "<JobdataBucket>",
      CRON_SECRET_ID: "${PublicApiCronSecret}",
    });
  });

  it("may read analytics and tenants, for the overview", () => {
    expect(permissionsOf(app.jobs, "backline-api-analytics")).toEqual([
      ownLog("PublicApiAnalytics"),
      readRecords("analytics", "tenant"),
      readSecret("ReadCronSecret", "${PublicApiCronSecret}"),
    ]);
    expect(environmentOf(app.jobs, "backline-api-analytics")).toMatchObject({
      CRON_SECRET_ID: "${PublicApiCronSecret}",
    });
  });

  it("are one integration each, however many routes they have", () => {
    app.jobs.resourceCountIs("AWS::ApiGatewayV2::Integration", 7);
  });

  it("give the jobs 25 s, and answer before API Gateway gives up after 30", () => {
    app.jobs.hasResourceProperties("AWS::Lambda::Function", { FunctionName: "backline-api-cron", Timeout: 29 });
  });
});

describe("the template", () => {
  it("has no circle: the functions know the API's address, and the API's routes know the functions", () => {
    expect(circleIn(referencesOf(app.jobs))).toEqual([]);
  });

  it("has what this test looks for, were there one", () => {
    const circular = new Map([
      ["Api", ["Function"]],
      ["Function", ["Role", "Api"]],
      ["Role", []],
    ]);
    expect(circleIn(circular)).toEqual(["Api", "Function"]);
  });
});

type References = ReadonlyMap<string, readonly string[]>;

/** Which resources each resource names, by `Ref`, `Fn::GetAtt` or `DependsOn`. */
function referencesOf(template: Template): References {
  const resources = z.record(z.string(), z.unknown()).parse(template.toJSON()["Resources"]);
  const isResource = (name: unknown): name is string => typeof name === "string" && name in resources;
  const namedIn = (value: unknown): string[] => {
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
      if (key === "Ref" || key === "DependsOn" || key === "Fn::GetAtt") {
        return [inner].flat().filter(isResource);
      }
      return namedIn(inner);
    });
  };
  return new Map(Object.entries(resources).map(([id, resource]) => [id, namedIn(resource)]));
}

/** Takes out, again and again, what names nothing that is left; what then remains is in a circle, or leads to one. */
function circleIn(references: References): string[] {
  let left = new Map(references);
  for (;;) {
    const next = new Map([...left].filter(([, named]) => named.some((id) => left.has(id))));
    if (next.size === left.size) return [...left.keys()];
    left = next;
  }
}
