import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { isLocalHost, requestUrl } from "./request-url.ts";

/** The runtime is reachable from this machine only: nothing here checks who is asking, save for the Host that is asked. */
export const LOOPBACK = "127.0.0.1";

/**
 * How long an idle connection stays open, as good as for ever. With Node's 5 s a client may send on a connection that the
 * server closes at that moment, and a call fails that nothing was wrong with.
 */
export const KEEP_ALIVE_MS = 3_600_000;

/** `url` is the whole one that was asked for, `request.url` its path and query as sent. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>;

/** What a listener is for, in words that fit into "the port of …", and the port that it wants; 0 means any free one. */
export interface ListenerRequest {
  readonly purpose: string;
  readonly port: number;
}

/** Ports that other programs hold; the message names them all at once. */
export class PortsTakenError extends Error {
  override readonly name = "PortsTakenError";
  readonly ports: readonly number[];

  constructor(taken: readonly ListenerRequest[]) {
    const list = taken.map(({ purpose, port }) => `- ${port}, for ${purpose}`).join("\n");
    super(
      `These ports are taken by another program (a second Backline, perhaps):\n${list}\n` +
        `Stop that program, or choose other ports: npm start -- --port 5000 (takes 5000 to 5002), or --port 0 for any free ones.`,
    );
    this.ports = taken.map(({ port }) => port);
  }
}

/** One HTTP server on the loopback interface. Addresses are needed before there is anything to serve, so its handler comes later. */
export class Listener {
  readonly #server: Server;
  #handler: RequestHandler = async (_request, response) => {
    response.writeHead(503, { "retry-after": "1" }).end("Backline is starting.\n");
  };

  private constructor(server: Server) {
    this.#server = server;
    server.on("request", (request, response) => void this.#serve(request, response));
  }

  static open({ port }: ListenerRequest): Promise<Listener> {
    return new Promise((resolve, reject) => {
      const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS });
      server.once("error", reject);
      server.listen(port, LOOPBACK, () => resolve(new Listener(server)));
    });
  }

  get url(): string {
    return `http://${LOOPBACK}:${this.port}`;
  }

  get port(): number {
    // A TCP server that listens has no other kind of address.
    return (this.#server.address() as AddressInfo).port;
  }

  handle(handler: RequestHandler): void {
    this.#handler = handler;
  }

  /** Cuts what is still under way: whoever waits has been told to stop before. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = requestUrl(request);
    if (url === undefined) return refuse(response, 400, "No address can be made of this request's target and Host.");
    if (!isLocalHost(url)) return refuse(response, 403, NOT_LOCAL);
    if (request.url?.startsWith("/") === false) request.url = url.pathname + url.search;
    try {
      await this.#handler(request, response, url);
    } catch (error) {
      process.stderr.write(`Backline: ${request.method} ${request.url} failed: ${String(error)}\n`);
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end("The embedded runtime failed; see its console.\n");
    }
  }
}

const NOT_LOCAL =
  "Backline answers on this machine only: ask for 127.0.0.1, localhost, [::1] or a name that ends with .localhost.";

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(`${message}\n`);
}

/**
 * Opens all listeners, or none.
 *
 * @throws PortsTakenError
 */
export async function openListeners(requests: readonly ListenerRequest[]): Promise<Listener[]> {
  const outcomes = await Promise.allSettled(requests.map((request) => Listener.open(request)));
  const opened = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  if (opened.length === requests.length) return opened;
  await Promise.all(opened.map((listener) => listener.close()));
  const isTaken = (outcome: PromiseSettledResult<Listener> | undefined) =>
    outcome?.status === "rejected" && isAddressInUse(outcome.reason);
  const taken = requests.filter((_request, index) => isTaken(outcomes[index]));
  if (taken.length > 0) throw new PortsTakenError(taken);
  throw new Error("The embedded runtime cannot listen on this machine.", {
    cause: outcomes.find(({ status }) => status === "rejected"),
  });
}

function isAddressInUse(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === "EADDRINUSE";
}

/** A request's whole body; undefined if it is longer than `maxBytes`, after reading and dropping the rest of it. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  // To its end in any case: a client that still sends when the connection closes does not see the answer.
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    sizeBytes += bytes.length;
    if (sizeBytes <= maxBytes) chunks.push(bytes);
  }
  return sizeBytes <= maxBytes ? Buffer.concat(chunks) : undefined;
}

/** A part of a path decoded; as it is where its escapes are broken, for whoever asks may write anything there. */
export function decodePathPart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
