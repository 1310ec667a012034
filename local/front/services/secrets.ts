import { randomBytes } from "node:crypto";

import * as z from "zod";

import type { Resource } from "../../template/resources.ts";
import { type AwsService, errorResponse, jsonResponse } from "../aws-request.ts";
import { parseJsonObject } from "../json-object.ts";

type SecretResource = Resource<"AWS::SecretsManager::Secret">;

const request = z.object({ SecretId: z.string(), SecretString: z.string().optional() });

/** What Twilio gives to an account. */
export interface TwilioCredentials {
  readonly accountSid: string;
  readonly authToken: string;
}

const signingSecret = z.object({ current: z.string() });
const twilioCredentials = z.object({ accountSid: z.string(), authToken: z.string() });

/** The secrets that the template declares, with values made up anew at each start. */
export class LocalSecrets {
  readonly #values = new Map<string, string>();
  readonly #resources: readonly SecretResource[];

  constructor(resources: readonly SecretResource[]) {
    this.#resources = resources;
    for (const resource of resources) this.#values.set(resource.arn, initialValue(resource));
  }

  /** Signing secrets of webhooks by provider: the secret of `StripeWebhookSecret` is `stripe`; Twilio signs with its token. */
  webhookSecrets(): Record<string, string> {
    const ofWebhooks = this.#resources.flatMap((resource) => {
      const provider = webhookProvider(resource);
      const current = signingSecret.safeParse(this.#valueOf(resource));
      return provider === undefined || !current.success ? [] : [[provider, current.data.current] as const];
    });
    const twilio = this.twilio()?.authToken;
    return { ...Object.fromEntries(ofWebhooks), ...(twilio === undefined ? {} : { twilio }) };
  }

  /** What the stand-in for Twilio has to know; `undefined` where the template has no such secret, or somebody broke it. */
  twilio(): TwilioCredentials | undefined {
    const resource = this.#resources.find(isTwilio);
    return resource && twilioCredentials.safeParse(this.#valueOf(resource)).data;
  }

  /** What callers of the cron endpoints send, the current one; `undefined` where there is no such secret, or somebody broke it. */
  cron(): string | undefined {
    const resource = this.#resources.find(isCron);
    return resource && signingSecret.safeParse(this.#valueOf(resource)).data?.current;
  }

  /** Secrets Manager, as far as functions and rotation need it: GetSecretValue and PutSecretValue. */
  readonly service: AwsService = async ({ operation, body }) => {
    const input = request.safeParse(parseJsonObject(body));
    const secret = input.success ? this.#find(input.data.SecretId) : undefined;
    if (secret === undefined) {
      const message = "Secrets Manager can't find the specified secret.";
      return errorResponse("secretsmanager", { status: 400, code: "ResourceNotFoundException", message });
    }
    if (operation === "PutSecretValue") this.#values.set(secret.arn, input.data?.SecretString ?? "");
    else if (operation !== "GetSecretValue") {
      const message = `${operation} is not answered by the embedded runtime.`;
      return errorResponse("secretsmanager", { status: 400, code: "UnknownOperationException", message });
    }
    return jsonResponse({
      ARN: secret.arn,
      Name: nameOf(secret),
      VersionId: "00000000-0000-0000-0000-000000000000",
      VersionStages: ["AWSCURRENT"],
      ...(operation === "GetSecretValue" ? { SecretString: this.#values.get(secret.arn), CreatedDate: 0 } : {}),
    });
  };

  #valueOf({ arn }: SecretResource): unknown {
    return parseJsonObject(this.#values.get(arn) ?? "");
  }

  #find(id: string): SecretResource | undefined {
    return this.#resources.find((resource) => resource.arn === id || nameOf(resource) === id);
  }
}

/** The ARN ends in the name and a dash with six characters. */
const nameOf = ({ arn }: SecretResource): string => (arn.split(":").at(-1) ?? "").replace(/-[^-]{6}$/, "");

const WEBHOOK_SECRET = /([A-Z][a-z]+)WebhookSecret/;

const webhookProvider = ({ logicalId }: SecretResource): string | undefined =>
  WEBHOOK_SECRET.exec(logicalId)?.[1]?.toLowerCase();

const isTwilio = ({ logicalId }: SecretResource): boolean => logicalId.startsWith("TwilioSecret");

const isCron = ({ logicalId }: SecretResource): boolean => logicalId.includes("CronSecret");

function initialValue(resource: SecretResource): string {
  const { SecretString, GenerateSecretString } = resource.properties;
  if (SecretString !== undefined) return SecretString;
  // Stripe's own start like this, and its library does not care about the rest.
  const generated = `${webhookProvider(resource) === "stripe" ? "whsec_" : ""}${randomBytes(24).toString("hex")}`;
  const { GenerateStringKey, SecretStringTemplate } = GenerateSecretString ?? {};
  if (GenerateStringKey === undefined) return generated;
  const template = parseJsonObject(SecretStringTemplate ?? "{}");
  // In the template it is only a placeholder, with which nothing can be sent.
  const account = isTwilio(resource) ? { accountSid: `AC${randomBytes(16).toString("hex")}` } : {};
  return JSON.stringify({ ...template, ...account, [GenerateStringKey]: generated });
}
