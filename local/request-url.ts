import type { IncomingMessage } from "node:http";

/** Nothing that would end the host in a URL: a path, a query, a name before an `@`. */
const PLAIN_HOST = /^[^\s/\\?#@]+$/;

/** Names of this machine. Any other belongs to a page elsewhere that points its own name here (DNS rebinding). */
const LOCAL_HOSTS: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "[::1]"]);

/**
 * The URL that a request asks for; undefined where its target and its Host make none.
 *
 * Host and path are joined as text: resolved against a base, `//x/health` would be the path `/health` of a host `x`.
 */
export function requestUrl({ url: target = "/", headers }: IncomingMessage): URL | undefined {
  if (!target.startsWith("/")) return parseHttp(target); // a whole URL, as proxies are asked
  const { host = "localhost" } = headers; // HTTP/1.0 knows no Host; Node refuses 1.1 without one
  return PLAIN_HOST.test(host) ? parseHttp(`http://${host}${target}`) : undefined;
}

function parseHttp(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === "http:" ? url : undefined;
}

/** Whether a URL's host is this machine; browsers lead every `*.localhost` here, and S3 clients put the bucket there. */
export function isLocalHost({ hostname }: URL): boolean {
  return LOCAL_HOSTS.has(hostname) || hostname.endsWith(".localhost");
}
