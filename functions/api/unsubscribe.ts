import { secretsClient } from "../../shared/aws/clients.ts";
import { SigningSecrets } from "../../shared/aws/signing-secrets.ts";
import { answerUnsubscribe } from "../../shared/broadcast/unsubscribe-route.ts";
import { composeEngine } from "../../shared/lambda/compose-engine.ts";
import { httpFunction } from "../../shared/lambda/http-function.ts";
import { SignedLinks } from "../../shared/links/signed-links.ts";
import { SettingsCache } from "../../shared/records/settings-cache.ts";

const engine = composeEngine(process.env);
const { environment, clientSettings, records, clock, log } = engine;
const secrets = new SigningSecrets(secretsClient(clientSettings), environment.LINK_SECRET_ID ?? "", clock);
const links = new SignedLinks({ publicUrl: environment.PUBLIC_URL ?? "", keys: () => secrets.values() });
const ports = { links, records, settings: new SettingsCache(records, clock), clock, log };

export const handler = httpFunction(engine, (request) => answerUnsubscribe(ports, request));
