import { describe, expect, test } from "@jest/globals";

import { LocalSecrets } from "../../local/front/services/secrets.ts";
import type { AwsRequest } from "../../local/front/aws-request.ts";

const arnOf = (name: string): string => `arn:aws:secretsmanager:us-east-1:000000000000:secret:${name}-0a1b2c`;

const secretOf = (logicalId: string, template: string, key: string) => ({
  logicalId,
  name: logicalId,
  arn: arnOf(logicalId),
  properties: { GenerateSecretString: { SecretStringTemplate: template, GenerateStringKey: key } },
});

const STRIPE = secretOf("PublicApiStripeWebhookSecret0A1B2C3D", "{}", "current");
const TWILIO = secretOf("TwilioSecret0A1B2C3D", '{"accountSid":"not set"}', "authToken");
const CRON = secretOf("PublicApiCronSecret0A1B2C3D", "{}", "current");
const LINK = secretOf("LinkSecret0A1B2C3D", "{}", "current");

async function call(secrets: LocalSecrets, operation: string, input: object): Promise<Record<string, unknown>> {
  const request: AwsRequest = {
    caller: { kind: "developer" },
    service: "secretsmanager",
    operation,
    method: "POST",
    url: "/",
    parsedUrl: new URL("http://127.0.0.1/"),
    headers: {},
    body: Buffer.from(JSON.stringify(input)),
  };
  return JSON.parse((await secrets.service(request)).body.toString());
}

const valueOf = async (secrets: LocalSecrets, { arn }: { readonly arn: string }): Promise<unknown> =>
  JSON.parse(String((await call(secrets, "GetSecretValue", { SecretId: arn }))["SecretString"]));

describe("the secrets of an embedded stack", () => {
  test("have the properties that the template asks for, made up anew at each start", async () => {
    const [first, second] = [new LocalSecrets([LINK, STRIPE]), new LocalSecrets([LINK, STRIPE])];
    expect(await valueOf(first, LINK)).toEqual({ current: expect.stringMatching(/^[0-9a-f]{48}$/) });
    expect(await valueOf(first, STRIPE)).toEqual({ current: expect.stringMatching(/^whsec_[0-9a-f]{48}$/) });
    expect(await valueOf(second, LINK)).not.toEqual(await valueOf(first, LINK));
  });

  test("give Twilio an account, where the template has only a placeholder", async () => {
    const secrets = new LocalSecrets([TWILIO]);
    const account = { accountSid: expect.stringMatching(/^AC[0-9a-f]{32}$/), authToken: expect.any(String) };
    expect(await valueOf(secrets, TWILIO)).toEqual(account);
    expect(secrets.twilio()).toEqual(await valueOf(secrets, TWILIO));
  });

  test("tell what a webhook's caller signs with, the current one after a rotation", async () => {
    const secrets = new LocalSecrets([STRIPE, TWILIO]);
    await call(secrets, "PutSecretValue", {
      SecretId: STRIPE.arn,
      SecretString: '{"current":"whsec_new","previous":"whsec_old"}',
    });
    await call(secrets, "PutSecretValue", {
      SecretId: TWILIO.arn,
      SecretString: '{"accountSid":"AC1","authToken":"renewed"}',
    });
    expect(secrets.webhookSecrets()).toEqual({ stripe: "whsec_new", twilio: "renewed" });
    expect(secrets.twilio()).toEqual({ accountSid: "AC1", authToken: "renewed" });
  });

  test("tell what callers of the cron endpoints send", async () => {
    const secrets = new LocalSecrets([STRIPE, CRON]);
    expect(secrets.cron()).toMatch(/^[0-9a-f]{48}$/);
    await call(secrets, "PutSecretValue", { SecretId: CRON.arn, SecretString: '{"current":"a-new-secret-of-ours"}' });
    expect(secrets.cron()).toBe("a-new-secret-of-ours");
    expect(secrets.webhookSecrets()).not.toHaveProperty("cron");
  });

  test("are not there where the template has none", () => {
    expect(new LocalSecrets([LINK]).cron()).toBeUndefined();
    expect(new LocalSecrets([LINK]).twilio()).toBeUndefined();
    expect(new LocalSecrets([LINK]).webhookSecrets()).toEqual({});
  });
});
