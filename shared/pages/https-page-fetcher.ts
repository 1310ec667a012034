import { lookup } from "node:dns/promises";
import type { LookupAddress } from "node:dns";
import http, { type IncomingMessage, type RequestOptions } from "node:http";
import https from "node:https";
import type { LookupFunction } from "node:net";

import { PageFetchError } from "../errors/page-fetch-error.ts";
import type { FetchedPage, PageFetcher, PageRequest } from "../ports/page-fetcher.ts";
import { isPublicAddress } from "./public-address.ts";

/** Finds the addresses of a host, by its name or of an address itself. */
export type FindAddresses = (hostname: string) => Promise<readonly LookupAddress[]>;

interface FetcherOptions {
  /** Also private addresses, plain HTTP and any port: for tests and the embedded runtime. */
  readonly mayFetchPrivate: boolean;
  /** The system's resolver by default. */
  readonly findAddresses?: FindAddresses;
}

/**
 * Fetches pages over HTTPS from public addresses only: a URL that somebody has put into a record reaches nothing within the
 * account's network, and no metadata. A name is resolved once, its addresses are looked at, and the connection goes to one of
 * these: what the name says a moment later does not count.
 */
export class HttpsPageFetcher implements PageFetcher {
  readonly #mayFetchPrivate: boolean;
  readonly #findAddresses: FindAddresses;
  readonly #lookups = new Map<string, ReturnType<FindAddresses>>();

  constructor({ mayFetchPrivate, findAddresses = (hostname) => lookup(hostname, { all: true }) }: FetcherOptions) {
    this.#mayFetchPrivate = mayFetchPrivate;
    this.#findAddresses = findAddresses;
  }

  async fetch(request: PageRequest): Promise<FetchedPage> {
    const beganAt = performance.now();
    const url = this.#urlOf(request.url);
    const time = new AbortController();
    const timer = setTimeout(() => time.abort(), request.timeoutMs);
    // One signal for all of it: a body that drips, or a name server that is silent, does not get more time.
    const signal = AbortSignal.any([time.signal, ...(request.signal === undefined ? [] : [request.signal])]);
    try {
      const addresses = await this.#addressesOf(hostOf(url), signal);
      const response = await open(url, addresses, request.userAgent, signal);
      const bytes = await readBody(response, request.maxBytes);
      return { status: response.statusCode ?? 0, bytes, durationMs: Math.round(performance.now() - beganAt) };
    } catch (error) {
      if (error instanceof PageFetchError) throw error;
      request.signal?.throwIfAborted(); // that is no fault of the page's
      if (time.signal.aborted) throw new PageFetchError("TIMEOUT", `not read within ${request.timeoutMs} ms`);
      throw unreachable(error);
    } finally {
      clearTimeout(timer);
    }
  }

  #urlOf(text: string): URL {
    const url = URL.parse(text);
    if (url === null) throw new PageFetchError("NOT_HTTPS", "is no URL");
    if (url.protocol !== "https:" && !(this.#mayFetchPrivate && url.protocol === "http:")) {
      throw new PageFetchError("NOT_HTTPS", "is no https URL");
    }
    if (url.username !== "" || url.password !== "") {
      throw new PageFetchError("ADDRESS_REFUSED", "has credentials in its URL");
    }
    // 443 is "" here. On other ports are services that are not meant for the public.
    if (url.port !== "" && !this.#mayFetchPrivate)
      throw new PageFetchError("ADDRESS_REFUSED", "has another port than 443");
    return url;
  }

  async #addressesOf(hostname: string, signal: AbortSignal): Promise<readonly LookupAddress[]> {
    const addresses = await orAborted(this.#lookUp(hostname), signal);
    // One of many is enough to refuse them all: nobody with a public page names a private address beside it.
    const isRefused = !this.#mayFetchPrivate && !addresses.every(({ address }) => isPublicAddress(address));
    if (isRefused) throw new PageFetchError("ADDRESS_REFUSED", "has no public address");
    return addresses;
  }

  /**
   * Pages of one host wait for one lookup. Each takes a thread of Node's four until it is answered, however soon its page is
   * given up: one host with a silent name server would keep everybody else's lookups waiting, AWS's among them.
   */
  #lookUp(hostname: string): ReturnType<FindAddresses> {
    const underway = this.#lookups.get(hostname);
    if (underway !== undefined) return underway;
    const lookingUp = this.#findAddresses(hostname).finally(() => this.#lookups.delete(hostname));
    this.#lookups.set(hostname, lookingUp);
    return lookingUp;
  }
}

/** Without the brackets of IPv6, and without the dot of a full name, which no certificate has. */
const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");

/** Nobody can stop a lookup, but nobody has to wait for it either. */
function orAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(new Error("Aborted."));
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

function open(
  url: URL,
  addresses: readonly LookupAddress[],
  userAgent: string,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const options: RequestOptions = {
    host: hostOf(url),
    port: url.port,
    path: url.pathname + url.search,
    // As browsers do, so that caches keep what visitors get. Nothing is unpacked here.
    headers: { host: url.host, "user-agent": userAgent, accept: "text/html,*/*;q=0.8", "accept-encoding": "gzip, br" },
    agent: false, // a connection of its own, closed afterwards
    lookup: answering(addresses),
    signal,
  };
  return new Promise((resolve, reject) => {
    const { request } = url.protocol === "https:" ? https : http;
    const sent = request(options, resolve).on("error", reject);
    // Neither an answer nor an error, and nothing that a signal could end: `101 Switching Protocols` closes the connection.
    sent.on("close", () => reject(new Error("Closed without an answer."))).end();
  });
}

/** Not asked where the host is an address itself: that is the one that was looked at. */
function answering(addresses: readonly LookupAddress[]): LookupFunction {
  return (_hostname, { all }, callback) => {
    const [first] = addresses;
    if (all === true) callback(null, [...addresses]);
    else if (first === undefined) callback(Object.assign(new Error("No address."), { code: "ENOTFOUND" }), "");
    else callback(null, first.address, first.family);
  };
}

/** Counts the body, and forgets it. Leaving the loop closes the connection. */
async function readBody(response: IncomingMessage, maxBytes: number): Promise<number> {
  let bytes = 0;
  for await (const chunk of response) {
    bytes += (chunk as Buffer).byteLength; // no encoding is set
    if (bytes > maxBytes) throw new PageFetchError("TOO_LARGE", `has more than ${maxBytes} bytes`);
  }
  return bytes;
}

function unreachable(cause: unknown): PageFetchError {
  // Node's own codes, ENOTFOUND or CERT_HAS_EXPIRED; its messages have the host's name and address.
  const isCoded = typeof cause === "object" && cause !== null && "code" in cause;
  const code = isCoded ? ` (${String(cause.code)})` : "";
  return new PageFetchError("UNREACHABLE", `could not be reached${code}`, { cause });
}
