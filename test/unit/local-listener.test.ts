import { connect } from "node:net";

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";

import { createHttpApi } from "../../local/http/http-api.ts";
import { type Listener, openListeners } from "../../local/listener.ts";

let listener: Listener;
let seen: (readonly [asSent: string | undefined, parsed: string])[] = [];

beforeAll(async () => {
  const [opened] = await openListeners([{ purpose: "the test", port: 0 }]);
  if (opened === undefined) throw new Error("no listener");
  listener = opened;
});
afterAll(async () => {
  await listener.close();
});
beforeEach(() => {
  seen = [];
  listener.handle(async (request, response, url) => {
    seen.push([request.url, url.href]);
    response.end();
  });
});

/** Sent byte by byte: every client of comfort would mend or refuse what is tested here. */
function statusOf(target: string, host: string | undefined = "127.0.0.1", version = "1.1"): Promise<number> {
  const hostLine = host === undefined ? "" : `Host: ${host}\r\n`;
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(listener.port, "127.0.0.1", () =>
      socket.write(`GET ${target} HTTP/${version}\r\n${hostLine}Connection: close\r\n\r\n`),
    );
    socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
    socket.on("error", reject);
    socket.on("close", () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])));
  });
}

describe("a request that no URL can be made of", () => {
  test.each([
    ["http://", "127.0.0.1"],
    ["http://[", "127.0.0.1"],
    ["ftp://127.0.0.1/", "127.0.0.1"],
    ["*", "127.0.0.1"],
    ["/", "a b"],
    ["/", "["],
    ["/", "127.0.0.1:port"],
    ["/", "127.0.0.1/other"],
    ["/", "127.0.0.1?"],
    ["/", "someone@127.0.0.1"],
  ])("%s with Host %s is answered with 400", async (target, host) => {
    expect(await statusOf(target, host)).toBe(400);
    expect(seen).toEqual([]);
  });
});

describe("a request's path", () => {
  test("stays a path when it starts with two slashes", async () => {
    expect(await statusOf("//")).toBe(200);
    expect(await statusOf("//x/health")).toBe(200);
    expect(seen).toEqual([
      ["//", "http://127.0.0.1//"],
      ["//x/health", "http://127.0.0.1//x/health"],
    ]);
  });

  test("with two slashes is not taken for another one by the API", async () => {
    const routes = [{ routeKey: "GET /health", functionName: "health" }];
    listener.handle(createHttpApi({ routes, invoke: async () => ({ ok: true, requestId: "r", payload: "well" }) }));
    expect(await statusOf("/health")).toBe(200);
    expect(await statusOf("//x/health")).toBe(404);
  });

  test("is what is left of a whole URL", async () => {
    expect(await statusOf("http://localhost:1/a?b=c")).toBe(200);
    expect(seen).toEqual([["/a?b=c", "http://localhost:1/a?b=c"]]);
  });
});

describe("the Host of a request", () => {
  test.each(["127.0.0.1", "127.0.0.1:4000", "localhost", "LOCALHOST:4000", "[::1]:4000", "files.localhost:4002"])(
    "may be %s",
    async (host) => {
      expect(await statusOf("/", host)).toBe(200);
    },
  );

  test.each(["evil.example", "localhost.evil.example", "evillocalhost", "127.0.0.2", "169.254.169.254"])(
    "may not be %s: a page elsewhere may have pointed its name here",
    async (host) => {
      expect(await statusOf("/", host)).toBe(403);
      expect(seen).toEqual([]);
    },
  );

  test("of a whole URL is the URL's", async () => {
    expect(await statusOf("http://evil.example/")).toBe(403);
  });

  test("may be missing in HTTP/1.0", async () => {
    expect(await statusOf("/", undefined, "1.0")).toBe(200);
  });
});
