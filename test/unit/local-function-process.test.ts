import { createServer, type ServerResponse } from "node:http";

import { describe, expect, test } from "@jest/globals";

import { waitForFact } from "../support/facts.ts";
import { startTinyHost } from "../support/local-function.ts";

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe("a function's process", () => {
  test("runs the handler and is used again", async () => {
    await using tiny = await startTinyHost({
      source:
        "let n = 0; exports.handler = async (event, context) => ({ event, n: ++n, id: context.awsRequestId, left: context.getRemainingTimeInMillis() });",
    });
    const first = await tiny.invoke({ a: 1 });
    const second = await tiny.invoke();
    expect(first).toMatchObject({ ok: true, payload: { event: { a: 1 }, n: 1, id: first.requestId } });
    expect(second).toMatchObject({ ok: true, payload: { n: 2 } });
    expect(tiny.host.processes()).toHaveLength(1);
  });

  test("sees the template's variables and Lambda's, and none of this process", async () => {
    process.env["BACKLINE_TEST_LEAK"] = "leak";
    await using tiny = await startTinyHost({ source: "exports.handler = async () => process.env;" });
    const result = await tiny.invoke();
    delete process.env["BACKLINE_TEST_LEAK"];
    expect(result).toMatchObject({
      ok: true,
      payload: { GREETING: "hello", AWS_LAMBDA_FUNCTION_NAME: "tiny", TZ: "UTC" },
    });
    const names =
      result.ok && typeof result.payload === "object" && result.payload !== null ? Object.keys(result.payload) : [];
    for (const name of ["BACKLINE_TEST_LEAK", "PATH", "HOME", "NODE_CHANNEL_FD"]) expect(names).not.toContain(name);
  });

  test("is killed at its timeout, with whatever it has started", async () => {
    await using tiny = await startTinyHost({
      definition: { timeoutSeconds: 1 },
      source: `const { spawn } = require("node:child_process");
        exports.handler = () => { console.log(spawn(process.execPath, ["-e", "setInterval(() => {}, 1e3)"], { stdio: "ignore" }).pid); while (true); };`,
    });
    const result = await tiny.invoke();
    expect(result).toMatchObject({ ok: false, error: { kind: "timeout" } });
    expect(!result.ok && result.error.message).toContain("Task timed out after 1.00 seconds");
    expect(tiny.host.processes()).toEqual([]);
    const grandchild = Number(tiny.logs.lines("tiny")[0]?.text);
    expect(grandchild).toBeGreaterThan(0);
    await waitForFact("the grandchild's end", () => !isAlive(grandchild) || undefined);
  });

  test("does not count the time to load the code into the timeout", async () => {
    await using tiny = await startTinyHost({
      definition: { timeoutSeconds: 1 },
      source:
        "const end = Date.now() + 1300; while (Date.now() < end); exports.handler = async (_, c) => c.getRemainingTimeInMillis() > 500;",
    });
    expect(await tiny.invoke()).toMatchObject({ ok: true, payload: true });
  });

  test("lives on after the handler threw, and the error is told with its stack", async () => {
    await using tiny = await startTinyHost({
      source: "let n = 0; exports.handler = async () => { if (n++ === 0) throw new TypeError('broken'); return n; };",
    });
    const failed = await tiny.invoke();
    expect(failed).toMatchObject({ ok: false, error: { kind: "thrown", name: "TypeError", message: "broken" } });
    expect(!failed.ok && failed.error.stack).toContain("index.js");
    expect(await tiny.invoke()).toMatchObject({ ok: true, payload: 2 });
    expect(tiny.failures).toHaveLength(1);
  });

  test("that ends by itself fails its invocation, and the next one gets a new process", async () => {
    await using tiny = await startTinyHost({
      source: "exports.handler = async (event) => { if (event.die) process.exit(7); return process.pid; };",
    });
    const before = await tiny.invoke();
    expect(await tiny.invoke({ die: true })).toMatchObject({ ok: false, error: { kind: "crashed" } });
    const after = await tiny.invoke();
    expect(after.ok && before.ok && after.payload !== before.payload).toBe(true);
  });

  test("whose code does not load says why", async () => {
    await using tiny = await startTinyHost({ source: "require('a-package-that-was-left-out');" });
    const result = await tiny.invoke();
    expect(result).toMatchObject({ ok: false, error: { kind: "init" } });
    expect(!result.ok && result.error.message).toContain("a-package-that-was-left-out");
  });

  test("has credentials of its own, which lead back to the invocation", async () => {
    await using tiny = await startTinyHost({ source: "exports.handler = async () => process.env.AWS_ACCESS_KEY_ID;" });
    const result = await tiny.invoke();
    const caller = tiny.callers.identify(result.ok ? String(result.payload) : "");
    expect(caller).toMatchObject({ kind: "function", functionName: "tiny" });
    expect(caller.kind === "function" && caller.pid()).toBe(tiny.host.processes()[0]?.pid);
    expect(caller.kind === "function" && caller.invocationId()).toBeUndefined();
  });
});

describe("the processes of one function", () => {
  test("are as many as are needed, never more than allowed, and nobody is forgotten", async () => {
    await using gate = await openGate();
    await using tiny = await startTinyHost({
      maxProcesses: 2,
      source:
        "let busy = false; exports.handler = async ({ gate }) => { if (busy) throw new Error('two at once'); busy = true; await fetch(gate); busy = false; return process.pid; };",
    });
    const invoked = Promise.all(Array.from({ length: 12 }, () => tiny.invoke({ gate: gate.url })));
    for (const expected of [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]) {
      await waitForFact(`invocation ${expected} to start`, () => gate.arrived() === expected || undefined);
      expect(tiny.host.processes()).toHaveLength(2);
      gate.letOneThrough();
    }
    gate.letOneThrough();
    const pids = (await invoked).map((result) => (result.ok ? result.payload : "failed"));
    expect(new Set(pids).size).toBe(2);
    expect(pids).not.toContain("failed");
  });

  test("that all die still serve whoever waits", async () => {
    await using tiny = await startTinyHost({
      source: "exports.handler = async (e) => { if (e.die) process.exit(1); return 'served'; };",
    });
    const results = await Promise.all([tiny.invoke({ die: true }), tiny.invoke({ die: true }), tiny.invoke()]);
    expect(results.map(({ ok }) => ok)).toEqual([false, false, true]);
  });

  test("are all gone after a stop, and whoever is under way has failed", async () => {
    const tiny = await startTinyHost({
      source: "exports.handler = () => { console.log('started'); return new Promise(() => {}); };",
    });
    const underWay = tiny.invoke();
    await waitForFact("the handler's line", () => tiny.logs.lines("tiny").length === 1 || undefined);
    const [{ pid } = { pid: 0 }] = tiny.host.processes();
    await tiny[Symbol.asyncDispose]();
    expect(await underWay).toMatchObject({ ok: false, error: { kind: "crashed" } });
    expect(isAlive(pid)).toBe(false);
    expect(await tiny.invoke()).toMatchObject({ ok: false });
  });
});

/** An address that answers a function's request only when the test lets it through: its process is busy until then. */
async function openGate() {
  const waiting: ServerResponse[] = [];
  let arrived = 0;
  const server = createServer((_request, response) => {
    arrived += 1;
    waiting.push(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    arrived: () => arrived,
    letOneThrough: () => void waiting.shift()?.end(),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
