import * as z from "zod";

import { addressesOf, parseMime } from "../../mail/mail-store.ts";
import type { AwsRequest } from "../aws-request.ts";

/** What a send asks for, from either API. */
export interface SendRequest {
  /** The MIME message; undefined where SES composes it from parts. */
  readonly raw: Buffer | undefined;
  readonly from: string | undefined;
  readonly recipients: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly configurationSet: string | undefined;
}

/** SES's default for API v1 (quota "maximum message size"), counted after base64 decoding. */
const MAX_MESSAGE_BYTES = 10 * 1024 * 1024;
const MAX_RECIPIENTS = 50;
const MAX_TAGS = 50;
const TAG_TEXT = /^[A-Za-z0-9_-]{1,256}$/;
/** Local part without spaces or control characters in ASCII, one @, a host with a dot or in brackets. */
const ADDRESS = /^[\u0021-\u007E]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/;

export function readSend(request: AwsRequest): Promise<SendRequest> {
  return request.url.startsWith("/v2/") ? readV2(request.body) : readV1(new URLSearchParams(request.body.toString()));
}

async function readV1(form: URLSearchParams): Promise<SendRequest> {
  const data = form.get("RawMessage.Data");
  const raw = data === null ? undefined : Buffer.from(data, "base64");
  const tags = members(form, "Tags").map(
    (prefix) => [form.get(`${prefix}.Name`), form.get(`${prefix}.Value`)] as const,
  );
  const recipients = ["Destinations", "Destination.ToAddresses", "Destination.CcAddresses", "Destination.BccAddresses"]
    .flatMap((list) => members(form, list))
    .map((name) => form.get(name) ?? "");
  return withMimeDefaults({
    raw,
    from: form.get("Source") ?? undefined,
    recipients,
    tags: Object.fromEntries(tags.map(([name, value]) => [name ?? "", value ?? ""])),
    configurationSet: form.get("ConfigurationSetName") ?? undefined,
  });
}

/** `Tags.member.1`, `Tags.member.2` … as far as the form has them. */
function members(form: URLSearchParams, list: string): string[] {
  const pattern = new RegExp(`^${list.replaceAll(".", "\\.")}\\.member\\.\\d+`);
  return [...new Set([...form.keys()].flatMap((name) => pattern.exec(name)?.[0] ?? []))];
}

const addresses = z.array(z.string()).default([]);
const v2Body = z.object({
  FromEmailAddress: z.string().optional(),
  ConfigurationSetName: z.string().optional(),
  Destination: z.object({ ToAddresses: addresses, CcAddresses: addresses, BccAddresses: addresses }).optional(),
  EmailTags: z.array(z.object({ Name: z.string(), Value: z.string() })).default([]),
  Content: z.object({ Raw: z.object({ Data: z.string() }).optional() }),
});

async function readV2(body: Buffer): Promise<SendRequest> {
  const { FromEmailAddress, ConfigurationSetName, Destination, EmailTags, Content } = v2Body.parse(
    JSON.parse(body.toString()),
  );
  return withMimeDefaults({
    raw: Content.Raw === undefined ? undefined : Buffer.from(Content.Raw.Data, "base64"),
    from: FromEmailAddress,
    recipients: Object.values(Destination ?? {}).flat(),
    tags: Object.fromEntries(EmailTags.map(({ Name, Value }) => [Name, Value])),
    configurationSet: ConfigurationSetName,
  });
}

/** What the call itself leaves out is taken from the message's headers, as SES does. */
async function withMimeDefaults(request: SendRequest): Promise<SendRequest> {
  // What is refused for its size anyway is not read: it would take seconds.
  if (request.raw === undefined || request.raw.length > MAX_MESSAGE_BYTES) return request;
  const { from, to, cc, bcc, headers } = await parseMime(request.raw);
  const header = (name: string) => headers.find(({ key }) => key === name)?.value;
  const inHeaders = [to, cc, bcc].flatMap(addressesOf);
  return {
    ...request,
    from: request.from ?? from?.address,
    recipients: request.recipients.length > 0 ? request.recipients : inHeaders,
    configurationSet: request.configurationSet ?? header("x-ses-configuration-set"),
    tags: Object.keys(request.tags).length > 0 ? request.tags : headerTags(header("x-ses-message-tags")),
  };
}

/** `name=value, name=value`. */
function headerTags(header = ""): Record<string, string> {
  const pairs = header.split(",").map((pair) => pair.trim().split("="));
  return Object.fromEntries(pairs.filter(([name]) => name !== "").map(([name = "", value = ""]) => [name, value]));
}

export interface SendProblem {
  readonly code: string;
  readonly message: string;
}

/** Why SES would refuse this mail, in SES's own words where they are known; undefined when it would not. */
export function sendProblem(request: SendRequest, configurationSets: ReadonlySet<string>): SendProblem | undefined {
  const { configurationSet } = request;
  if (configurationSet !== undefined && !configurationSets.has(configurationSet)) {
    const message = `Configuration set <${configurationSet}> does not exist.`;
    return { code: "ConfigurationSetDoesNotExist", message };
  }
  const message = contentProblem(request) ?? addressProblem(request);
  return message === undefined ? undefined : { code: "InvalidParameterValue", message };
}

function addressProblem({ from, recipients }: SendRequest): string | undefined {
  if (from === undefined || from === "") return "Missing required header 'From'.";
  if (recipients.length === 0) return "Missing required header 'To'.";
  if (recipients.length > MAX_RECIPIENTS) return `Recipient count exceeds ${MAX_RECIPIENTS}.`;
  const wrong = [from, ...recipients].find((mailbox) => !ADDRESS.test(plainAddress(mailbox)));
  return wrong === undefined ? undefined : "Missing final '@domain', or the address contains illegal characters.";
}

/** `Name <name@host>` → `name@host`. */
const plainAddress = (mailbox: string): string => /<([^<>]*)>\s*$/.exec(mailbox)?.[1] ?? mailbox.trim();

function contentProblem({ raw, tags }: SendRequest): string | undefined {
  if (raw !== undefined && raw.length === 0) return "Empty raw message.";
  if (raw !== undefined && raw.length > MAX_MESSAGE_BYTES) {
    return `Message length is more than ${MAX_MESSAGE_BYTES} bytes long: '${raw.length}'.`;
  }
  const pairs = Object.entries(tags);
  if (pairs.length > MAX_TAGS) return `Too many tags: ${pairs.length}, at most ${MAX_TAGS}.`;
  const wrong = pairs.find((pair) => pair.some((text) => !TAG_TEXT.test(text)));
  return wrong === undefined ? undefined : `Tag ${wrong[0]} contains characters other than A-Z, a-z, 0-9, _ and -.`;
}
