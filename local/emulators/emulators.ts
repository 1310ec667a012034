import { Agent, type Server } from "node:http";

import sesLocal from "aws-ses-v2-local";
import dynalite from "dynalite";
import { buildApp } from "fauxqs";

import { KEEP_ALIVE_MS, LOOPBACK } from "../listener.ts";

/** An emulator's address, the connections to it, and what it is being asked. */
export interface Upstream {
  readonly port: number;
  readonly agent: Agent;
  readonly underWay: Set<Promise<unknown>>;
}

export interface Emulators {
  /** SQS and S3. */
  readonly fauxqs: Upstream;
  readonly dynamodb: Upstream;
  readonly ses: Upstream;
  close(): Promise<void>;
}

/** Starts the emulators in this process, in memory, each on a free port of the loopback interface. */
export async function startEmulators(): Promise<Emulators> {
  const [fauxqs, dynamodb, ses] = await Promise.all([startFauxqs(), startDynalite(), startSes()]);
  const emulators = [fauxqs, dynamodb, ses];
  return {
    fauxqs: fauxqs.upstream,
    dynamodb: dynamodb.upstream,
    ses: ses.upstream,
    close: async () => {
      // dynalite throws, out of everybody's reach, when it is closed in the middle of a request.
      await Promise.allSettled(dynamodb.upstream.underWay);
      // Idle connections first: dynalite waits for them.
      for (const { upstream } of emulators) upstream.agent.destroy();
      await Promise.all(emulators.map(({ close }) => close()));
    },
  };
}

interface Emulator {
  readonly upstream: Upstream;
  readonly close: () => Promise<void>;
}

/** `buildApp`, not `startFauxqs`: the latter listens on every interface of the machine. */
async function startFauxqs(): Promise<Emulator> {
  const app = buildApp({ logger: false, defaultRegion: "us-east-1" });
  await app.listen({ host: LOOPBACK, port: 0 });
  return { upstream: upstreamOf(app.server), close: () => app.close() };
}

async function startDynalite(): Promise<Emulator> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, LOOPBACK, resolve);
  });
  return { upstream: upstreamOf(server), close: () => closeServer(server) };
}

/** Its types describe the transpiled module; Node hands the CommonJS exports over as `default`. */
const startSesServer = "default" in sesLocal && typeof sesLocal.default === "function" ? sesLocal.default : sesLocal;

async function startSes(): Promise<Emulator> {
  const server: Server = await startSesServer({ host: LOOPBACK, port: 0 });
  return { upstream: upstreamOf(server), close: () => closeServer(server) };
}

function upstreamOf(server: Pick<Server, "address" | "keepAliveTimeout">): Upstream {
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("An emulator does not listen on a port.");
  return { port: address.port, agent: new Agent({ keepAlive: true }), underWay: new Set() };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
