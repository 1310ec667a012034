import { Stack } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";

import type { CatalogEntry } from "../../shared/catalog/index.ts";
import type { JobDefinition, RecordAccess } from "../../shared/job/define-job.ts";
import { acknowledge } from "../acknowledge.ts";
import type { Config } from "../config.ts";

// What `needs.email` and `needs.messages` of a definition give its function.

/** What functions that mail, send messages or make links have to know of the installation. */
export interface MessagingReferences {
  readonly configurationSetName: string;
  /** Where the HTTP API is reached from outside, without a slash at its end. */
  readonly publicUrl: string;
  readonly linkSecretArn: string;
  readonly twilioSecretArn: string;
}

interface MessagingProps {
  readonly entry: CatalogEntry;
  readonly config: Config;
  readonly messaging: MessagingReferences;
}

/** Records of every function that mails: who sends, who must not be mailed, and links to what is too large to be attached. */
export const MAIL_RECORDS: Readonly<Record<string, RecordAccess>> = {
  settings: "read",
  suppression: "read",
  file_link: "write",
};

export function messagingStatements(scope: Construct, props: MessagingProps): PolicyStatement[] {
  const { needs } = props.entry.definition;
  const { linkSecretArn, twilioSecretArn } = props.messaging;
  return [
    ...(needs.email === true ? [...sendMail(scope, props), readSecret("ReadLinkKeys", linkSecretArn)] : []),
    ...(needs.messages === true ? [readSecret("ReadTwilioSecret", twilioSecretArn)] : []),
  ];
}

export const readSecret = (sid: string, secretArn: string): PolicyStatement =>
  new PolicyStatement({ sid, actions: ["secretsmanager:GetSecretValue"], resources: [secretArn] });

function sendMail(
  scope: Construct,
  { config, messaging }: Pick<MessagingProps, "config" | "messaging">,
): PolicyStatement[] {
  const ses = (resource: string, resourceName: string): string =>
    Stack.of(scope).formatArn({ service: "ses", resource, resourceName });
  return [
    new PolicyStatement({
      sid: "SendMail",
      actions: ["ses:SendRawEmail"],
      resources: [ses("identity", config.senderIdentity), ses("configuration-set", messaging.configurationSetName)],
    }),
    new PolicyStatement({ sid: "ReadSendQuota", actions: ["ses:GetSendQuota"], resources: ["*"] }),
  ];
}

/** cdk-nag reports every `*` in a resource. */
export function acknowledgeSendQuota(scope: Construct, { needs }: JobDefinition): void {
  if (needs.email !== true) return;
  acknowledge(
    scope,
    "AwsSolutions-IAM5[Resource::*]",
    "ses:GetSendQuota is about the account: SES takes no other resource for it, and it only reads three numbers.",
  );
}

export function messagingEnvironment({ entry, config, messaging }: MessagingProps): Record<string, string> {
  const { email, messages } = entry.definition.needs;
  const { configurationSetName, publicUrl, linkSecretArn, twilioSecretArn } = messaging;
  return {
    ...(email === true && { SES_CONFIGURATION_SET: configurationSetName, LINK_SECRET_ID: linkSecretArn }),
    ...(messages === true && { TWILIO_SECRET_ID: twilioSecretArn, TWILIO_BASE_URL: config.twilioBaseUrl }),
    ...((email === true || messages === true) && { PUBLIC_URL: publicUrl }),
  };
}
