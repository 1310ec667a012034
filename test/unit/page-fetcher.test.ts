import { once } from "node:events";
import { readFileSync } from "node:fs";
import http, { type RequestListener, type Server } from "node:http";
import https from "node:https";
import net, { type AddressInfo } from "node:net";
import tls from "node:tls";

import { afterEach, describe, expect, it } from "@jest/globals";

import { HttpsPageFetcher, type FindAddresses } from "../../shared/pages/https-page-fetcher.ts";
import { isPublicAddress } from "../../shared/pages/public-address.ts";
import type { PageRequest } from "../../shared/ports/page-fetcher.ts";

const fixture = (name: string) => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), "utf8");
/** Of shop.example.com, signed by itself. */
const certificate = { key: fixture("shop.key.pem"), cert: fixture("shop.crt.pem") };

const a = (url: string, overrides: Partial<PageRequest> = {}): PageRequest => ({
  url,
  timeoutMs: 5_000,
  maxBytes: 1_000,
  userAgent: "Backline cache warming",
  ...overrides,
});

const servers: net.Server[] = [];
const ends: (() => void)[] = [];

/** Listens on loopback, and says at which port. */
async function listening(server: net.Server): Promise<number> {
  servers.push(server);
  server.on("connection", (socket) => ends.push(() => socket.destroy()));
  await once(server.listen(0, "127.0.0.1"), "listening");
  return (server.address() as AddressInfo).port; // as every TCP server has it
}

async function serving(listener: RequestListener): Promise<{ readonly url: string; readonly server: Server }> {
  const server = http.createServer(listener);
  return { url: `http://127.0.0.1:${await listening(server)}/`, server };
}

/** Fulfilled when the first connection is over, one way or another. */
const firstClosed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.once("connection", (socket: net.Socket) => socket.on("error", () => {}).once("close", () => resolve()));
  });

const onLoopback: FindAddresses = async () => [{ address: "127.0.0.1", family: 4 }];
const ofTests = (findAddresses?: FindAddresses) =>
  new HttpsPageFetcher({ mayFetchPrivate: true, ...(findAddresses && { findAddresses }) });
const ofProduction = (findAddresses?: FindAddresses) =>
  new HttpsPageFetcher({ mayFetchPrivate: false, ...(findAddresses && { findAddresses }) });

afterEach(async () => {
  for (const end of ends.splice(0)) end();
  await Promise.all(servers.splice(0).map((server) => once(server.close(), "close")));
});

describe("a fetched page", () => {
  it("is told by its status, its bytes as they came, and how long it took", async () => {
    const { url } = await serving((_request, response) => response.writeHead(203).end("x".repeat(1_000)));
    const page = await ofTests().fetch(a(url));
    expect(page).toEqual({ status: 203, bytes: 1_000, durationMs: expect.any(Number) });
    expect(page.durationMs).toBeGreaterThanOrEqual(0);
  });

  it("is asked for as a visitor's browser asks, with our name, on a connection that is not kept", async () => {
    const asked: http.IncomingMessage[] = [];
    const { url } = await serving((request, response) => {
      asked.push(request);
      response.end();
    });
    await ofTests().fetch(a(`${url}vases?colour=blue#top`));
    expect(asked).toMatchObject([
      {
        method: "GET",
        url: "/vases?colour=blue",
        headers: { "user-agent": "Backline cache warming", "accept-encoding": "gzip, br", connection: "close" },
      },
    ]);
  });

  it("that redirects is not followed", async () => {
    let asked = 0;
    const { url } = await serving((_request, response) => {
      asked += 1;
      response.writeHead(302, { location: "/elsewhere" }).end();
    });
    await expect(ofTests().fetch(a(url))).resolves.toMatchObject({ status: 302 });
    expect(asked).toBe(1);
  });

  it("comes over TLS from the address that was looked at, by the host's name", async () => {
    const asked: (string | undefined)[] = [];
    const port = await listening(
      https.createServer(certificate, (request, response) => {
        asked.push(request.headers.host);
        response.end("A vase.");
      }),
    );
    const trusted = tls.getCACertificates();
    tls.setDefaultCACertificates([certificate.cert]);
    try {
      const page = await ofTests(onLoopback).fetch(a(`https://shop.example.com.:${port}/`));
      expect(page).toMatchObject({ status: 200, bytes: 7 });
    } finally {
      tls.setDefaultCACertificates(trusted);
    }
    expect(asked).toEqual([`shop.example.com.:${port}`]);
  });
});

describe("a page that cannot be fetched", () => {
  it("over TLS with a certificate that nobody vouches for is out of reach", async () => {
    const port = await listening(https.createServer(certificate, (_request, response) => response.end()));
    await expect(ofTests(onLoopback).fetch(a(`https://shop.example.com:${port}/`))).rejects.toMatchObject({
      code: "UNREACHABLE",
      message: "could not be reached (DEPTH_ZERO_SELF_SIGNED_CERT)",
    });
  });

  it("is read up to its limit, and not a byte further", async () => {
    const { url } = await serving((_request, response) => response.end("x".repeat(1_001)));
    await expect(ofTests().fetch(a(url))).rejects.toMatchObject({ code: "TOO_LARGE" });
  });

  it("and never ends is given up at its limit, and its connection closed", async () => {
    const { url, server } = await serving((_request, response) => {
      const more = () => void (response.destroyed || response.write("x".repeat(500), more));
      more();
    });
    const closed = firstClosed(server);
    await expect(ofTests().fetch(a(url))).rejects.toMatchObject({ code: "TOO_LARGE" });
    await closed;
  });

  it("has its time for all of a body that drips, however steadily", async () => {
    const { url, server } = await serving((_request, response) => {
      const drip = setInterval(() => response.write("x"), 10);
      response.on("close", () => clearInterval(drip));
    });
    const closed = firstClosed(server);
    await expect(ofTests().fetch(a(url, { timeoutMs: 150 }))).rejects.toMatchObject({
      code: "TIMEOUT",
      message: "not read within 150 ms",
    });
    await closed;
  });

  it.each([
    ["accepts and says nothing", "http", () => {}],
    ["never begins with TLS", "https", () => {}],
    ["does not end its headers", "http", (socket: net.Socket) => void socket.write("HTTP/1.1 200 OK\r\nx-a: ")],
  ])("and whose server %s is given up in time", async (_what, scheme, onConnection) => {
    const port = await listening(net.createServer(onConnection));
    const page = a(`${scheme}://127.0.0.1:${port}/`, { timeoutMs: 100 });
    await expect(ofTests().fetch(page)).rejects.toMatchObject({ code: "TIMEOUT" });
  });

  it("and whose name is never resolved is given up in time", async () => {
    const silent: FindAddresses = () => new Promise(() => {});
    const page = a("https://shop.example.com/", { timeoutMs: 100 });
    await expect(ofProduction(silent).fetch(page)).rejects.toMatchObject({ code: "TIMEOUT" });
  });

  it("and whose name is never resolved takes one lookup, however many pages of it are wanted", async () => {
    const asked: string[] = [];
    const silent: FindAddresses = (hostname) => new Promise(() => asked.push(hostname));
    const fetcher = ofProduction(silent);
    for (const path of ["vases", "cups"]) {
      const page = a(`https://shop.example.com/${path}`, { timeoutMs: 50 });
      await expect(fetcher.fetch(page)).rejects.toMatchObject({ code: "TIMEOUT" });
    }
    expect(asked).toEqual(["shop.example.com"]);
  });

  it("is looked for anew each time that its name was resolved, or was not", async () => {
    const asked: string[] = [];
    const failing: FindAddresses = (hostname) => {
      asked.push(hostname);
      return asked.length === 1 ? Promise.reject(new Error("No answer.")) : Promise.resolve([]);
    };
    const fetcher = ofTests(failing);
    for (let times = 1; times <= 3; times += 1) {
      await expect(fetcher.fetch(a("https://shop.example.com/"))).rejects.toMatchObject({ code: "UNREACHABLE" });
    }
    expect(asked).toHaveLength(3);
  });

  it("and whose name nobody knows is out of reach, without its name being told", async () => {
    const unknown: FindAddresses = () =>
      Promise.reject(Object.assign(new Error("getaddrinfo ENOTFOUND secret"), { code: "ENOTFOUND" }));
    await expect(ofProduction(unknown).fetch(a("https://gone.example.com/?token=secret"))).rejects.toMatchObject({
      code: "UNREACHABLE",
      message: "could not be reached (ENOTFOUND)",
    });
  });

  it.each([
    ["closes at once", (socket: net.Socket) => void socket.destroy()],
    ["breaks off", (socket: net.Socket) => void socket.end("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")],
    ["speaks something else", (socket: net.Socket) => void socket.end("SSH-2.0-OpenSSH_9.9\r\n")],
    [
      "wants to speak something else from now on",
      (socket: net.Socket) =>
        void socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"),
    ],
    [
      "does not end its headers' names",
      (socket: net.Socket) => void socket.write(`HTTP/1.1 200 OK\r\n${"x".repeat(99_999)}`),
    ],
  ])("and whose server %s is out of reach", async (_what, onConnection) => {
    const port = await listening(net.createServer(onConnection));
    await expect(ofTests().fetch(a(`http://127.0.0.1:${port}/`))).rejects.toMatchObject({ code: "UNREACHABLE" });
  });

  it("because its job is out of time says so, and is no fault of the page", async () => {
    const port = await listening(net.createServer());
    const job = new AbortController();
    const fetched = ofTests().fetch(a(`http://127.0.0.1:${port}/`, { signal: job.signal }));
    job.abort(new Error("The deadline has passed."));
    await expect(fetched).rejects.toThrow("The deadline has passed.");
  });
});

describe("outside of tests", () => {
  it.each([
    ["http://shop.example.com/", "NOT_HTTPS"],
    ["HTTP://shop.example.com/", "NOT_HTTPS"],
    ["file:///etc/passwd", "NOT_HTTPS"],
    ["ftp://shop.example.com/", "NOT_HTTPS"],
    ["data:text/html,hello", "NOT_HTTPS"],
    ["javascript:alert(1)", "NOT_HTTPS"],
    ["//shop.example.com/", "NOT_HTTPS"],
    ["not a url", "NOT_HTTPS"],
    ["", "NOT_HTTPS"],
    ["https://", "NOT_HTTPS"],
    ["https://user:secret@93.184.215.14/", "ADDRESS_REFUSED"],
    ["https://user@93.184.215.14/", "ADDRESS_REFUSED"],
    ["https://93.184.215.14:8443/", "ADDRESS_REFUSED"],
    ["https://93.184.215.14:22/", "ADDRESS_REFUSED"],
    ["https://localhost/", "ADDRESS_REFUSED"],
    ["https://localhost./", "ADDRESS_REFUSED"],
    ["https://LOCALHOST/", "ADDRESS_REFUSED"],
    ["https://127.0.0.1/", "ADDRESS_REFUSED"],
    ["https://127.0.0.1./", "ADDRESS_REFUSED"],
    ["https://127.1/", "ADDRESS_REFUSED"],
    ["https://0/", "ADDRESS_REFUSED"],
    ["https://2130706433/", "ADDRESS_REFUSED"],
    ["https://0177.0.0.1/", "ADDRESS_REFUSED"],
    ["https://0x7f.0.0.1/", "ADDRESS_REFUSED"],
    ["https://0x7f000001/", "ADDRESS_REFUSED"],
    ["https://１２７.0.0.1/", "ADDRESS_REFUSED"],
    ["https://169.254.169.254/latest/meta-data/", "ADDRESS_REFUSED"],
    ["https://2852039166/latest/meta-data/", "ADDRESS_REFUSED"],
    ["https://169.254.170.2/v2/credentials", "ADDRESS_REFUSED"],
    ["https://10.0.0.1/", "ADDRESS_REFUSED"],
    ["https://[::]/", "ADDRESS_REFUSED"],
    ["https://[::1]/", "ADDRESS_REFUSED"],
    ["https://[::ffff:10.0.0.1]/", "ADDRESS_REFUSED"],
    ["https://[::ffff:7f00:1]/", "ADDRESS_REFUSED"],
    ["https://[::127.0.0.1]/", "ADDRESS_REFUSED"],
    ["https://[64:ff9b::169.254.169.254]/", "ADDRESS_REFUSED"],
    ["https://[2002:a00:1::]/", "ADDRESS_REFUSED"],
    ["https://[fd00:ec2::254]/latest/meta-data/", "ADDRESS_REFUSED"],
    ["https://[fe80::1]/", "ADDRESS_REFUSED"],
    ["https://[ff02::1]/", "ADDRESS_REFUSED"],
  ])("%s is refused: %s", async (url, code) => {
    await expect(ofProduction().fetch(a(url))).rejects.toMatchObject({ code });
  });

  it.each([
    ["a private address", ["10.0.0.1"]],
    ["a private address beside a public one", ["93.184.215.14", "127.0.0.1"]],
    ["the metadata of its machine", ["fd00:ec2::254"]],
  ])("a name that stands for %s is refused", async (_what, addresses) => {
    const found = addresses.map((address) => ({ address, family: net.isIP(address) }));
    const fetched = ofProduction(async () => found).fetch(a("https://rebound.example.com/"));
    await expect(fetched).rejects.toMatchObject({ code: "ADDRESS_REFUSED", message: "has no public address" });
  });

  it("a name is resolved once: what it says later, when the connection is made, does not count", async () => {
    let connections = 0;
    const port = await listening(net.createServer(() => (connections += 1)));
    const asked: string[] = [];
    // `localhost` would lead to the server, if anybody asked again.
    const first: FindAddresses = async (hostname) => {
      asked.push(hostname);
      return [{ address: "127.255.255.254", family: 4 }];
    };
    const fetched = ofTests(first).fetch(a(`http://localhost:${port}/`, { timeoutMs: 500 }));
    await expect(fetched).rejects.toMatchObject({ code: "UNREACHABLE" });
    expect({ asked, connections }).toEqual({ asked: ["localhost"], connections: 0 });
  });
});

describe("an address", () => {
  it.each([
    ["0.255.255.255", "1.0.0.0"],
    ["10.0.0.0", "9.255.255.255"],
    ["10.255.255.255", "11.0.0.0"],
    ["100.64.0.0", "100.63.255.255"],
    ["100.127.255.255", "100.128.0.0"],
    ["127.0.0.0", "126.255.255.255"],
    ["127.255.255.255", "128.0.0.0"],
    ["169.254.0.0", "169.253.255.255"],
    ["169.254.255.255", "169.255.0.0"],
    ["172.16.0.0", "172.15.255.255"],
    ["172.31.255.255", "172.32.0.0"],
    ["192.168.0.0", "192.167.255.255"],
    ["192.168.255.255", "192.169.0.0"],
    ["198.19.255.255", "198.20.0.0"],
    ["224.0.0.0", "223.255.255.255"],
    ["255.255.255.255", "8.8.8.8"],
    ["::1", "2606:4700:4700::1111"],
    ["fc00::1", "2a00:1450:400e::1"],
    ["fe80::1", "3ffe::1"],
    ["ff02::1", "2001:4860:4860::8888"],
    ["::ffff:8.8.8.8", "2001:200::"],
    ["64:ff9b::808:808", "2003::1"],
    ["2001::1", "2400:cb00::1"],
    ["2001:db8::1", "2001:db9::1"],
  ])("such as %s is not public, and such as %s is", (notPublic, isPublic) => {
    expect(isPublicAddress(notPublic)).toBe(false);
    expect(isPublicAddress(isPublic)).toBe(true);
  });

  it("that is none is not public", () => {
    expect(["", "shop.example.com", "2130706433", "127.1", "[::1]", "8.8.8.8 "].map(isPublicAddress)).toEqual(
      Array.from({ length: 6 }, () => false),
    );
  });
});
