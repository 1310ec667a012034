import { describe, expect, it } from "@jest/globals";

import { cleanup } from "../../shared/catalog/bookings.ts";
import { CRON_ENDPOINTS } from "../../shared/cron/cron-endpoints.ts";
import { type Call, CronCaller, CURRENT, PREVIOUS, type StoredSecret } from "../support/cron-caller.ts";

const UNAUTHORIZED = {
  status: 401,
  body: { message: "Unauthorized" },
  headers: { "www-authenticate": "Bearer", "cache-control": "no-store" },
};

const bearer = (token: string): Call => ({ headers: { authorization: `Bearer ${token}` } });

async function expectRefused(call: Call, stored?: StoredSecret) {
  const caller = new CronCaller(cleanup);
  if (stored !== undefined) caller.stored = stored;
  expect(await caller.call(call)).toEqual(UNAUTHORIZED);
  expect(caller.jobIds()).toEqual([]);
  expect(caller.simulation.queue.messages).toEqual([]);
  return caller;
}

/** Whether the secret opens the endpoint: its job is enqueued. */
async function isLetIn(call: Call, stored?: StoredSecret): Promise<boolean> {
  const caller = new CronCaller(cleanup);
  if (stored !== undefined) caller.stored = stored;
  const { status } = await caller.call(call);
  expect([202, 401]).toContain(status);
  expect(caller.jobIds()).toHaveLength(status === 202 ? 1 : 0);
  return status === 202;
}

describe("a cron endpoint", () => {
  it("lets in who sends the current secret", async () => {
    expect(await isLetIn(bearer(CURRENT))).toBe(true);
  });

  it("lets in who sends the previous secret, while there is one", async () => {
    expect(await isLetIn(bearer(PREVIOUS))).toBe(true);
    expect(await isLetIn(bearer(PREVIOUS), JSON.stringify({ current: CURRENT }))).toBe(false);
  });

  it.each(["bearer", "BEARER", "bEaReR"])("takes %s for Bearer", async (scheme) => {
    expect(await isLetIn({ headers: { authorization: `${scheme} ${CURRENT}` } })).toBe(true);
  });

  it.each<[string, Call["headers"]]>([
    ["no header", {}],
    ["an empty header", { authorization: "" }],
    ["only the scheme", { authorization: "Bearer" }],
    ["the scheme and a space", { authorization: "Bearer " }],
    ["a wrong secret", { authorization: "Bearer current-0123456789abcdeg" }],
    ["the beginning of the secret", { authorization: `Bearer ${CURRENT.slice(0, -1)}` }],
    ["more than the secret", { authorization: `Bearer ${CURRENT}0` }],
    ["the secret in capitals", { authorization: `Bearer ${CURRENT.toUpperCase()}` }],
    ["the secret without its scheme", { authorization: CURRENT }],
    ["undefined", { authorization: "Bearer undefined" }],
    ["undefined without a scheme", { authorization: "undefined" }],
    ["null", { authorization: "Bearer null" }],
    ["an empty object", { authorization: "Bearer {}" }],
    ["the whole stored text", { authorization: `Bearer {"current":"${CURRENT}"}` }],
    ["the Basic scheme", { authorization: `Basic ${CURRENT}` }],
    ["the secret as a Basic password", { authorization: `Basic ${Buffer.from(`:${CURRENT}`).toString("base64")}` }],
    ["the secret twice", { authorization: `Bearer ${CURRENT} ${CURRENT}` }],
    ["two headers, as API Gateway joins them", { authorization: `Bearer ${CURRENT},Bearer ${CURRENT}` }],
    ["both active secrets", { authorization: `Bearer ${CURRENT} ${PREVIOUS}` }],
    ["a space in front", { authorization: ` Bearer ${CURRENT}` }],
    ["a space behind", { authorization: `Bearer ${CURRENT} ` }],
    ["two spaces between", { authorization: `Bearer  ${CURRENT}` }],
    ["a tab between", { authorization: `Bearer\t${CURRENT}` }],
    ["a line break behind", { authorization: `Bearer ${CURRENT}\n` }],
    ["a NUL behind", { authorization: `Bearer ${CURRENT}\u0000` }],
    ["another alphabet", { authorization: `Bearer ${CURRENT.replace("c", "с")}` }],
    ["letters with accents", { authorization: "Bearer ünïcödé-0123456789" }],
    ["9 KB", { authorization: `Bearer ${"x".repeat(9 * 1024)}` }],
    ["the secret and 9 KB", { authorization: `Bearer ${CURRENT}${"x".repeat(9 * 1024)}` }],
    ["the secret in another header", { "x-cron-secret": CURRENT, "x-authorization": `Bearer ${CURRENT}` }],
    ["the secret in a proxy's header", { "proxy-authorization": `Bearer ${CURRENT}` }],
    ["the secret in a cookie", { cookie: `secret=${CURRENT}; authorization=Bearer ${CURRENT}` }],
    [
      "a wrong secret, and the right one in another header",
      { authorization: "Bearer wrong", "x-cron-secret": CURRENT },
    ],
    ["Vercel's mark of a cron", { "x-vercel-cron": "1", "user-agent": "vercel-cron/1.0" }],
  ])("answers 401 to %s, and enqueues nothing", async (_, headers = {}) => {
    const caller = await expectRefused({ headers });
    expect(caller.log.lines).toEqual([]);
  });

  it.each<[string, Call]>([
    ["?secret=", { query: `secret=${CURRENT}` }],
    ["?token=", { query: `token=${CURRENT}` }],
    ["?authorization=", { query: `authorization=Bearer%20${CURRENT}` }],
    ["?access_token=", { query: `access_token=${CURRENT}` }],
    ["the path", { path: `/api/cron/cleanup/${CURRENT}` }],
    ["a JSON body", { body: JSON.stringify({ secret: CURRENT, authorization: `Bearer ${CURRENT}` }) }],
    ["a form", { body: `secret=${CURRENT}&access_token=${CURRENT}` }],
  ])("does not look for its secret in %s", async (_, call) => {
    for (const headers of [{}, { authorization: "Bearer wrong-0123456789abcdef" }]) {
      expect((await expectRefused({ ...call, headers })).log.lines).toEqual([]);
    }
  });

  it.each<[string, StoredSecret, string]>([
    ["nothing", "", ""],
    ["no JSON, and is sent as it is", CURRENT, CURRENT],
    ["JSON of another shape", JSON.stringify({ secret: CURRENT }), CURRENT],
    ["a list", JSON.stringify([CURRENT]), CURRENT],
    ["the JSON null", "null", "null"],
    ["null as its value", '{"current":null}', "null"],
    ["an empty value", '{"current":""}', ""],
    ["undefined in letters", '{"current":"undefined"}', "undefined"],
    ["null in letters", '{"current":"null"}', "null"],
    ["15 characters", '{"current":"0123456789abcde"}', "0123456789abcde"],
    ["16 spaces", `{"current":"${" ".repeat(16)}"}`, "anything"],
    ["a line break at its end", `{"current":"${CURRENT}\\n"}`, CURRENT],
    ["what cannot be read", new Error("AccessDeniedException"), CURRENT],
  ])("refuses everybody while its secret is %s, and says so in its log", async (_, stored, sent) => {
    const { log } = await expectRefused(bearer(sent === "" ? "anything" : sent), stored);
    expect(log.lines).toMatchObject([{ level: "error", fields: { correlationId: "req-1" } }]);
    await expectRefused(bearer(sent), stored);
    await expectRefused({ headers: {} }, stored);
  });

  it("takes a secret of 16 characters, and none of its values that are shorter", async () => {
    const stored = '{"current":"0123456789abcdef","previous":"short"}';
    expect(await isLetIn(bearer("0123456789abcdef"), stored)).toBe(true);
    expect(await isLetIn(bearer("short"), stored)).toBe(false);
  });

  it("logs neither what was sent nor what is stored", async () => {
    const wrong = await expectRefused(bearer("mistyped-0123456789abcdef"));
    const unset = await expectRefused(bearer("mistyped-0123456789abcdef"), '{"current":"tooshort"}');
    const logged = [...wrong.log.lines, ...unset.log.lines].map(
      (line) => JSON.stringify(line) + String(Object.values(line.fields)),
    );
    expect(logged.join("\n")).not.toMatch(/mistyped|tooshort/);
  });

  it.each(CRON_ENDPOINTS)("refuses $path like all others, by GET and by POST", async ({ path, definition }) => {
    for (const method of ["GET", "POST"] as const) {
      const caller = new CronCaller(definition);
      const answer = await caller.call({ path, method, headers: { authorization: "Bearer wrong-0123456789abcdef" } });
      expect(answer).toEqual(UNAUTHORIZED);
      expect(caller.jobIds()).toEqual([]);
    }
  });

  it("does not tell strangers whether what else they sent was right", async () => {
    for (const call of [{ query: "dryRun=perhaps" }, { path: "/api/cron/no-such-thing" }]) {
      expect((await expectRefused({ ...call, headers: {} })).log.lines).toEqual([]);
    }
  });
});
