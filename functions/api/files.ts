import { s3Client, secretsClient } from "../../shared/aws/clients.ts";
import { PresignedFiles } from "../../shared/aws/presigned-files.ts";
import { SigningSecrets } from "../../shared/aws/signing-secrets.ts";
import { bucketVariable } from "../../shared/contracts/buckets.ts";
import { composeEngine } from "../../shared/lambda/compose-engine.ts";
import { httpFunction } from "../../shared/lambda/http-function.ts";
import { fileAnswer } from "../../shared/links/file-answer.ts";
import { SignedLinks } from "../../shared/links/signed-links.ts";
import { SettingsCache } from "../../shared/records/settings-cache.ts";

const engine = composeEngine(process.env);
const { records, clock, clientSettings, environment } = engine;
const keys = new SigningSecrets(secretsClient(clientSettings), environment.LINK_SECRET_ID ?? "", clock);
const presigned = new PresignedFiles(s3Client(clientSettings), (bucket) => {
  const name = process.env[bucketVariable(bucket)];
  if (name !== undefined) return name;
  throw new Error(`No file of the bucket "${bucket}" can be linked to. Add it to the buckets of \`FileDownload\`.`);
});
const ports = {
  links: new SignedLinks({ publicUrl: environment.PUBLIC_URL ?? "", keys: () => keys.values() }),
  records,
  settings: new SettingsCache(records, clock),
  clock,
  presign: (file: Parameters<PresignedFiles["url"]>[0]) => presigned.url(file),
};

/** `GET /files/{token}`: the way from a mail to a file that was too large for it. */
export const handler = httpFunction(engine, ({ parameters }) => fileAnswer(ports, parameters["token"] ?? ""));
