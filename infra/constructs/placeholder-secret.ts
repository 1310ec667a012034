import { RemovalPolicy } from "aws-cdk-lib";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";

import { acknowledge } from "../acknowledge.ts";

export interface PlaceholderSecretProps {
  readonly description: string;
  /** The secret is a JSON object: these properties, and the generated one. */
  readonly properties?: Readonly<Record<string, string>>;
  /** The property that gets a random value. Change it, and CloudFormation overwrites what somebody has stored. */
  readonly generated: string;
  /** Why nothing rotates it by itself. */
  readonly whyNotRotated: string;
  /** What becomes of it with its stack; deleted by default. */
  readonly removalPolicy?: RemovalPolicy;
}

/** A secret that begins with a random value: what it is for refuses everything until somebody stores the real one. */
export function createPlaceholderSecret(scope: Construct, id: string, props: PlaceholderSecretProps): Secret {
  const { description, properties = {}, generated, whyNotRotated, removalPolicy = RemovalPolicy.DESTROY } = props;
  const secret = new Secret(scope, id, {
    description,
    generateSecretString: {
      secretStringTemplate: JSON.stringify(properties),
      generateStringKey: generated,
      excludePunctuation: true,
    },
    removalPolicy,
  });
  acknowledge(secret, "AwsSolutions-SMG4", whyNotRotated);
  return secret;
}
