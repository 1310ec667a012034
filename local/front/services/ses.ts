import * as z from "zod";

import type { Upstream } from "../../emulators/emulators.ts";
import { type Mail, parseMime } from "../../mail/mail-store.ts";
import {
  type AwsRequest,
  type AwsResponse,
  type AwsService,
  errorResponse,
  jsonResponse,
  xmlResponse,
} from "../aws-request.ts";
import { forward } from "../forward.ts";
import { parseJsonObject } from "../json-object.ts";
import type { SesQuota } from "./ses-quota.ts";
import { readSend, type SendRequest, sendProblem } from "./ses-send.ts";

export interface SesOptions {
  readonly upstream: Upstream;
  readonly configurationSets: ReadonlySet<string>;
  readonly quota: SesQuota;
  /** Called once for each mail that SES accepted, before whoever sent it hears of it. */
  readonly onMail: (mail: Mail) => void;
}

/**
 * SES by aws-ses-v2-local, which forgets a mail's bytes, tags and configuration set and takes nearly anything: the front
 * checks a send as SES does, keeps what the emulator drops, and answers the calls at which it would hang.
 */
export function sesService(options: SesOptions): AwsService {
  return async (request) => {
    if (SENDS.has(request.operation)) return send(options, request);
    if (request.operation === "GetSendQuota") return xmlResponse(sendQuotaAnswer(options.quota));
    const answer = ANSWERS[request.operation];
    if (answer !== undefined) return xmlResponse(answer);
    if (request.url.startsWith("/v2/")) return forward(options.upstream, request);
    return refusal(request, "InvalidAction", `${request.operation} is not answered by the embedded runtime.`);
  };
}

const SENDS: ReadonlySet<string> = new Set(["SendRawEmail", "SendEmail"]);

const NAMESPACE = 'xmlns="http://ses.amazonaws.com/doc/2010-12-01/"';

/** Queries without a body of their own, answered as an account out of the sandbox would. */
const ANSWERS: Readonly<Record<string, string>> = {
  GetSendStatistics: `<GetSendStatisticsResponse ${NAMESPACE}><GetSendStatisticsResult><SendDataPoints/></GetSendStatisticsResult></GetSendStatisticsResponse>`,
  GetAccountSendingEnabled: `<GetAccountSendingEnabledResponse ${NAMESPACE}><GetAccountSendingEnabledResult><Enabled>true</Enabled></GetAccountSendingEnabledResult></GetAccountSendingEnabledResponse>`,
  ListIdentities: `<ListIdentitiesResponse ${NAMESPACE}><ListIdentitiesResult><Identities/></ListIdentitiesResult></ListIdentitiesResponse>`,
};

function sendQuotaAnswer(quota: SesQuota): string {
  const { max24HourSend, maxSendRate, sentLast24Hours } = quota.report();
  const result = `<Max24HourSend>${max24HourSend}</Max24HourSend><MaxSendRate>${maxSendRate}</MaxSendRate><SentLast24Hours>${sentLast24Hours}</SentLast24Hours>`;
  return `<GetSendQuotaResponse ${NAMESPACE}><GetSendQuotaResult>${result}</GetSendQuotaResult></GetSendQuotaResponse>`;
}

async function send(options: SesOptions, request: AwsRequest): Promise<AwsResponse> {
  const wanted = await readSend(request);
  const problem = sendProblem(wanted, options.configurationSets) ?? options.quota.take(wanted.recipients.length);
  if (problem !== undefined) return refusal(request, problem.code, problem.message);
  const response = await forward(options.upstream, request);
  const messageId = response.status === 200 ? messageIdOf(response) : undefined;
  if (messageId === undefined) return response;
  options.onMail(await toMail(options, request, { ...wanted, messageId }));
  return response;
}

async function toMail(
  { upstream }: SesOptions,
  { caller }: AwsRequest,
  { messageId, raw, ...wanted }: SendRequest & { readonly messageId: string },
): Promise<Mail> {
  const mime = raw ?? (await composedByEmulator(upstream, messageId));
  const { subject = "" } = await parseMime(mime);
  return {
    messageId,
    at: new Date(),
    from: wanted.from ?? "",
    to: wanted.recipients,
    subject,
    tags: wanted.tags,
    configurationSet: wanted.configurationSet,
    functionName: caller.kind === "function" ? caller.functionName : undefined,
    raw: mime,
  };
}

/** A mail sent in parts (subject, text, HTML) gets its MIME from the emulator. */
async function composedByEmulator(upstream: Upstream, messageId: string): Promise<Buffer> {
  const url = `/get-emlContent?messageId=${encodeURIComponent(messageId)}`;
  const { body } = await forward(upstream, { method: "GET", url, headers: {}, body: Buffer.alloc(0) });
  return Buffer.from(composedMail.parse(JSON.parse(body.toString())).body.data);
}

/** A Node.js Buffer as JSON. */
const composedMail = z.object({ body: z.object({ data: z.array(z.number()) }) });

function messageIdOf({ body }: AwsResponse): string | undefined {
  const fromXml = /<MessageId>([^<]+)<\/MessageId>/.exec(body.toString())?.[1];
  const fromJson = parseJsonObject(body)?.["MessageId"];
  return fromXml ?? (typeof fromJson === "string" ? fromJson : undefined);
}

/** API v2 speaks JSON, v1 XML. */
function refusal({ url }: AwsRequest, code: string, message: string): AwsResponse {
  return url.startsWith("/v2/")
    ? jsonResponse({ __type: code, message }, 400)
    : errorResponse("ses", { status: 400, code, message });
}
