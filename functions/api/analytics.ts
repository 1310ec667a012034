import { secretsClient } from "../../shared/aws/clients.ts";
import { SigningSecrets } from "../../shared/aws/signing-secrets.ts";
import { behindSecret } from "../../shared/cron/bearer-secret.ts";
import { composeEngine } from "../../shared/lambda/compose-engine.ts";
import { httpFunction } from "../../shared/lambda/http-function.ts";
import { answerOverview } from "../../shared/stores/overview-route.ts";

const engine = composeEngine(process.env);
const { environment, clientSettings, records, clock, log } = engine;
const secret = new SigningSecrets(secretsClient(clientSettings), environment.CRON_SECRET_ID ?? "", clock);

/** `GET /analytics/{tenantId}/overview`, for those who may call the cron endpoints. */
export const handler = httpFunction(
  engine,
  behindSecret({ secret, log }, (request) => answerOverview({ records, clock }, request)),
);
