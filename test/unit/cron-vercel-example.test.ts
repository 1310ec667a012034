import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { afterAll, beforeAll, expect, test } from "@jest/globals";

import { GET } from "../../examples/guide/vercel-cron/route.ts";

const RIGHT = "Bearer current-0123456789abcdef";
const asked: (string | undefined)[] = [];

/** Stands where Backline's HTTP API is. */
const backline = createServer(({ method, url, headers }, response) => {
  asked.push(`${method} ${url}`);
  const isRight = headers.authorization === RIGHT;
  response.writeHead(isRight ? 202 : 401, { "content-type": "application/json" });
  response.end(JSON.stringify({ message: isRight ? "Job accepted" : "Unauthorized" }));
});
const variable = process.env["BACKLINE_URL"];

beforeAll(async () => {
  await new Promise<void>((resolve) => backline.listen(0, "127.0.0.1", resolve));
  // It listens on a port, so this is what it says.
  process.env["BACKLINE_URL"] = `http://127.0.0.1:${(backline.address() as AddressInfo).port}`;
});
afterAll(async () => {
  process.env["BACKLINE_URL"] = variable;
  await new Promise((resolve) => backline.close(resolve));
});

test("a route on Vercel hands the secret on, and answers what Backline answers", async () => {
  const url = "https://shop.example.com/api/cron/cleanup";
  const accepted = await GET(new Request(url, { headers: { authorization: RIGHT } }));
  expect({ status: accepted.status, body: await accepted.json() }).toEqual({
    status: 202,
    body: { message: "Job accepted" },
  });
  const refused = await GET(new Request(url));
  expect({ status: refused.status, body: await refused.json() }).toEqual({
    status: 401,
    body: { message: "Unauthorized" },
  });
  expect(asked).toEqual(["GET /api/cron/cleanup", "GET /api/cron/cleanup"]);
});
