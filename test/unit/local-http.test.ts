import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import * as z from "zod";

import type { InvocationResult } from "../../local/host/invocation.ts";
import { createHttpApi } from "../../local/http/http-api.ts";
import { isTextType } from "../../local/http/http-event.ts";
import { answerOfPayload } from "../../local/http/http-response.ts";
import { RouteTable } from "../../local/http/route-table.ts";
import { type Listener, openListeners } from "../../local/listener.ts";

let listener: Listener;
let events: APIGatewayProxyEventV2[] = [];
let answer: () => Promise<InvocationResult>;

const routes = [
  { routeKey: "POST /webhooks/stripe", functionName: "webhook" },
  { routeKey: "GET /jobs/{id}", functionName: "job" },
];

beforeAll(async () => {
  const [opened] = await openListeners([{ purpose: "the test", port: 0 }]);
  if (opened === undefined) throw new Error("no listener");
  listener = opened;
  listener.handle(
    createHttpApi({
      routes,
      timeoutMs: 200,
      invoke: (_name, event) => {
        // The API under test made it.
        events.push(event as APIGatewayProxyEventV2);
        return answer();
      },
    }),
  );
});
afterAll(async () => {
  await listener.close();
});

const ok = (payload: unknown) => async (): Promise<InvocationResult> => ({ ok: true, requestId: "r", payload });

async function post(init: RequestInit, path = "/webhooks/stripe") {
  events = [];
  answer = ok({ statusCode: 200 });
  const response = await fetch(listener.url + path, { method: "POST", ...init });
  return { response, event: events[0] };
}

describe("a body reaches the function", () => {
  test.each([
    ["text/plain", false],
    ["text/csv; charset=utf-8", false],
    ["application/json", false],
    ["Application/JSON; charset=utf-8", false],
    ["application/xml", false],
    ["application/javascript", false],
    ["application/x-www-form-urlencoded", true],
    ["application/vnd.api+json", true],
    ["application/octet-stream", true],
    ["multipart/form-data; boundary=x", true],
  ])("as type %s base64-encoded: %s", async (type, isBase64Encoded) => {
    const { event } = await post({ body: "é=1", headers: { "content-type": type } });
    expect(event).toMatchObject({ isBase64Encoded, body: isBase64Encoded ? "w6k9MQ==" : "é=1" });
  });

  test("without a type base64-encoded", async () => {
    expect(isTextType(undefined)).toBe(false);
    const { event } = await post({ body: new Uint8Array([0xff, 0x00]) });
    expect(event).toMatchObject({ isBase64Encoded: true, body: "/wA=" });
  });

  test("not at all when it is empty", async () => {
    const { event } = await post({ headers: { "content-type": "application/json" } });
    expect(event).toMatchObject({ isBase64Encoded: false });
    expect(event).not.toHaveProperty("body");
  });
});

describe("an HTTP event", () => {
  test("has the shape of payload format 2.0", async () => {
    const { event } = await post(
      {
        body: "{}",
        headers: { "Content-Type": "application/json", "Stripe-Signature": "t=1,v1=a", Cookie: "a=1; b=2" },
      },
      "/webhooks/stripe?x=1&x=2&y=%20",
    );
    expect(event).toMatchObject({
      version: "2.0",
      routeKey: "POST /webhooks/stripe",
      rawPath: "/webhooks/stripe",
      rawQueryString: "x=1&x=2&y=%20",
      queryStringParameters: { x: "1,2", y: " " },
      cookies: ["a=1", "b=2"],
      headers: { "stripe-signature": "t=1,v1=a", "content-type": "application/json" },
      requestContext: { http: { method: "POST", path: "/webhooks/stripe" }, stage: "$default" },
    });
    expect(event?.headers).not.toHaveProperty("cookie");
  });
});

describe("the API answers", () => {
  const get = async (path: string, respond: () => Promise<InvocationResult>) => {
    answer = respond;
    const response = await fetch(listener.url + path);
    return { status: response.status, body: await response.text(), headers: response.headers };
  };
  const failure = async (): Promise<InvocationResult> => ({
    ok: false,
    requestId: "r",
    error: { kind: "thrown", name: "Error", message: "secret detail" },
  });

  test("404 for a route that the template does not declare", async () => {
    expect(await get("/nope", ok({}))).toMatchObject({ status: 404, body: '{"message":"Not Found"}' });
    expect(await get("/webhooks/stripe", ok({}))).toMatchObject({ status: 404 });
  });

  test("500 without details when the function fails", async () => {
    expect(await get("/jobs/1", failure)).toMatchObject({ status: 500, body: '{"message":"Internal Server Error"}' });
  });

  test("500 when the function's response cannot be read", async () => {
    expect(await get("/jobs/1", ok({ statusCode: "no number" }))).toMatchObject({ status: 500 });
  });

  test("503 when the function takes too long", async () => {
    const never = () => new Promise<InvocationResult>(() => undefined);
    expect(await get("/jobs/1", never)).toMatchObject({ status: 503, body: '{"message":"Service Unavailable"}' });
  });

  test("413 over 10 MB, and the function is not called", async () => {
    const { response, event } = await post({ body: new Uint8Array(10 * 1024 * 1024 + 1) });
    expect(response.status).toBe(413);
    expect(event).toBeUndefined();
  });

  test("with the function's status, headers, cookies and decoded body", async () => {
    const { status, body, headers } = await get(
      "/jobs/1",
      ok({ statusCode: 201, headers: { "X-Own": "1" }, cookies: ["a=1", "b=2"], body: "aGk=", isBase64Encoded: true }),
    );
    expect({ status, body }).toEqual({ status: 201, body: "hi" });
    expect(headers.get("x-own")).toBe("1");
    expect(headers.getSetCookie()).toEqual(["a=1", "b=2"]);
  });

  test("with the JSON of a result that has no status", () => {
    const { status, body, headers } = answerOfPayload({ a: 1 });
    expect({
      status,
      body: z.object({ a: z.number() }).parse(JSON.parse(body.toString())),
      type: headers["content-type"],
    }).toEqual({
      status: 200,
      body: { a: 1 },
      type: "application/json",
    });
  });
});

describe("the route of a request", () => {
  const table = new RouteTable(
    ["GET /a/{id}", "GET /a/fixed", "ANY /a/{id}", "GET /files/{path+}", "$default"].map((routeKey) => ({
      routeKey,
      functionName: routeKey,
    })),
  );
  test.each([
    ["GET", "/a/fixed", "GET /a/fixed", {}],
    ["GET", "/a/x%20y", "GET /a/{id}", { id: "x y" }],
    ["POST", "/a/1", "ANY /a/{id}", { id: "1" }],
    ["GET", "/files/b/c", "GET /files/{path+}", { path: "b/c" }],
    ["GET", "/a/1/2", "$default", {}],
  ])("%s %s is %s", (method, path, routeKey, pathParameters) => {
    expect(table.match(method, path)).toMatchObject({ routeKey, pathParameters });
  });
});
