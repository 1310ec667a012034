import { secretsClient } from "../../shared/aws/clients.ts";
import { composeEngine } from "../../shared/lambda/compose-engine.ts";
import { httpFunction } from "../../shared/lambda/http-function.ts";
import { SecretsManagerTwilioSecret } from "../../shared/messaging/twilio-credentials.ts";
import { answerTwilio } from "../../shared/messaging/twilio-webhook.ts";

const engine = composeEngine(process.env);
const { clock, clientSettings, environment, enqueue, log, metrics } = engine;
const secret = new SecretsManagerTwilioSecret(secretsClient(clientSettings), environment.TWILIO_SECRET_ID ?? "", clock);
const ports = { publicUrl: environment.PUBLIC_URL ?? "", secret, enqueue, log, metrics };

export const handler = httpFunction(engine, (request) => answerTwilio(ports, request));
