import { setTimeout as sleep } from "node:timers/promises";

import { secretsClient } from "../../shared/aws/clients.ts";
import { SigningSecrets } from "../../shared/aws/signing-secrets.ts";
import { behindSecret } from "../../shared/cron/bearer-secret.ts";
import { answerCron } from "../../shared/cron/cron-route.ts";
import { composeEngine } from "../../shared/lambda/compose-engine.ts";
import { httpFunction } from "../../shared/lambda/http-function.ts";

const engine = composeEngine(process.env);
const { environment, clientSettings, clock, log } = engine;
const secret = new SigningSecrets(secretsClient(clientSettings), environment.CRON_SECRET_ID ?? "", clock);
const ports = { ...engine, sleep: (ms: number) => sleep(ms) };

/** `GET` and `POST` of the six paths of shared/cron/cron-endpoints.ts. */
export const handler = httpFunction(
  engine,
  behindSecret({ secret, log }, (request) => answerCron(ports, request)),
);
