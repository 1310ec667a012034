import * as z from "zod";

import { EffectRefusedError } from "../errors/job-errors.ts";
import { type Answer, sendRequest } from "./send-request.ts";
import type { TwilioSecret } from "./twilio-credentials.ts";
import { refusalOf } from "./twilio-errors.ts";

/** Node's codes of a connection that never came about: nothing was sent. Others also end connections that were open. */
const NEVER_CONNECTED = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"]);

/** A message as Twilio's API describes it. Source: twilio.com/docs/messaging/api/message-resource. */
const messageResource = z.object({
  sid: z.string(),
  status: z.string(),
  error_code: z.coerce.number().nullish(),
  /** Negative: what was taken from the balance. `null` until it is billed. */
  price: z.union([z.string(), z.number()]).nullish(),
  price_unit: z.string().nullish(),
  body: z.string().nullish(),
  from: z.string().nullish(),
  to: z.string().nullish(),
  messaging_service_sid: z.string().nullish(),
  /** RFC 2822. */
  date_created: z.string().nullish(),
});
export type MessageResource = z.infer<typeof messageResource>;

const messageList = z.object({ messages: z.array(messageResource) });
const problem = z.object({ code: z.coerce.number().optional() });

export interface TwilioApiOptions {
  /** `https://api.twilio.com`, without a slash at its end. */
  readonly baseUrl: string;
  readonly secret: TwilioSecret;
  readonly timeoutMs: number;
}

interface Call {
  readonly method: "GET" | "POST";
  /** Below the account: `Messages.json`. */
  readonly resource: string;
  /** The body of a POST, the query of a GET. */
  readonly parameters?: URLSearchParams;
}

/**
 * The three calls of Twilio's REST API (2010-04-01) that messages need, each sent once. Twilio's own client is 3.6 MB in a
 * bundle and takes 100 ms to load, its request client alone 376 KB and 50 ms (axios): this takes neither.
 */
export class TwilioApi {
  readonly #options: TwilioApiOptions;

  constructor(options: TwilioApiOptions) {
    this.#options = options;
  }

  /** @throws EffectRefusedError when Twilio has certainly not taken it; any other error means that nobody knows. */
  async createMessage(parameters: URLSearchParams): Promise<MessageResource> {
    const answer = await this.#call({ method: "POST", resource: "Messages.json", parameters });
    return parsed(messageResource, answer);
  }

  /** @returns nothing when Twilio does not know the message. */
  async fetchMessage(sid: string): Promise<MessageResource | undefined> {
    try {
      return parsed(messageResource, await this.#call({ method: "GET", resource: `Messages/${sid}.json` }));
    } catch (error) {
      if (error instanceof EffectRefusedError && error.code === "TWILIO_20404") return undefined;
      throw error;
    }
  }

  /** The latest messages to somebody, newest first. */
  async listMessages(to: string, limit: number): Promise<readonly MessageResource[]> {
    const parameters = new URLSearchParams({ To: to, PageSize: String(limit) });
    return parsed(messageList, await this.#call({ method: "GET", resource: "Messages.json", parameters })).messages;
  }

  async #call(call: Call): Promise<Answer> {
    const { credentials, isFresh } = await this.#options.secret.read();
    const answer = await this.#send(call, credentials.accountSid, credentials.authToken);
    if (answer.status >= 200 && answer.status < 300) return answer;
    const refusal = refusalOf(answer.status, codeOf(answer));
    if (refusal === undefined) throw new Error(`Twilio answered ${answer.status}: nobody knows what it has done.`);
    if (answer.status !== 401 || isFresh) throw refusal;
    // The token may have been rotated since it was read: another attempt reads it anew.
    this.#options.secret.forget();
    const { code, message } = refusal;
    throw new EffectRefusedError(code, message, { isPermanent: false });
  }

  async #send({ method, resource, parameters }: Call, accountSid: string, authToken: string): Promise<Answer> {
    const { baseUrl, timeoutMs } = this.#options;
    const url = new URL(`${baseUrl}/2010-04-01/Accounts/${accountSid}/${resource}`);
    const isPost = method === "POST";
    if (!isPost && parameters !== undefined) url.search = parameters.toString();
    const headers = {
      accept: "application/json",
      authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString("base64")}`,
      ...(isPost && { "content-type": "application/x-www-form-urlencoded" }),
    };
    try {
      return await sendRequest({ method, url, headers, timeoutMs, ...(isPost && { body: String(parameters) }) });
    } catch (error) {
      throw asNeverConnected(error) ?? error;
    }
  }
}

function asNeverConnected(error: unknown): EffectRefusedError | undefined {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  if (!NEVER_CONNECTED.has(code)) return undefined;
  return new EffectRefusedError(code, `Twilio could not be reached (${code}).`, { isPermanent: false, cause: error });
}

const codeOf = ({ text }: Answer): number | undefined => problem.safeParse(jsonOf(text)).data?.code;

/** Without the answer's text in the error: it holds words and numbers. */
function parsed<Shape>(schema: z.ZodType<Shape>, { text }: Answer): Shape {
  const result = schema.safeParse(jsonOf(text));
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new Error(`Twilio's answer is not as its API describes it: ${problems.join("; ")}.`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // reported by whoever wanted an object
  }
}
