import { createServer } from "node:http";

import { describe, expect, test } from "@jest/globals";

import { openListeners, PortsTakenError } from "../../local/listener.ts";
import { readSettings } from "../../local/settings.ts";

const read = (argv: string[], environment: Record<string, string> = {}) =>
  readSettings({ argv, environment, randomSeed: () => 42 });

describe("the settings of npm start", () => {
  test("without any: three ports from 4000, real time, no chaos", () => {
    expect(read([])).toEqual({
      ports: { api: 4000, mailbox: 4001, aws: 4002 },
      timeScale: 1,
      isJson: false,
      isQuiet: false,
      chaosSeed: undefined,
      isHelp: false,
    });
  });

  test("a flag wins over its variable, and port 0 means any free ones", () => {
    expect(read(["--port", "0"], { BACKLINE_PORT: "5000" }).ports).toEqual({ api: 0, mailbox: 0, aws: 0 });
    expect(read([], { BACKLINE_PORT: "5000" }).ports).toEqual({ api: 5000, mailbox: 5001, aws: 5002 });
  });

  test("chaos takes a seed, or draws one", () => {
    expect(read(["--chaos=7"]).chaosSeed).toBe(7);
    expect(read(["--chaos", "--json"])).toMatchObject({ chaosSeed: 42, isJson: true });
  });

  test("everything that is wrong is told at once", () => {
    const wrong = () =>
      read(["--nope", "--port", "--time-scale=0", "--chaos=-1", "--json=yes", "stray"], {
        BACKLINE_PORT: "70000",
        BACKLINE_NAME: "Not A Name",
      });
    for (const problem of [
      "--nope",
      "--port needs",
      "BACKLINE_PORT",
      "--time-scale",
      "--chaos",
      "--json takes",
      "stray",
      "BACKLINE_NAME",
    ]) {
      expect(wrong).toThrow(problem);
    }
  });
});

describe("the ports", () => {
  test("that are taken are all named, and none stays open", async () => {
    const blockers = await Promise.all([block(), block()]);
    const [first, second] = blockers.map(({ port }) => port);
    const opening = openListeners([
      { purpose: "the HTTP API", port: first ?? 0 },
      { purpose: "the mailbox", port: 0 },
      { purpose: "the AWS services", port: second ?? 0 },
    ]);
    await expect(opening).rejects.toBeInstanceOf(PortsTakenError);
    await expect(opening).rejects.toThrow(
      new RegExp(`${first}, for the HTTP API[\\s\\S]*${second}, for the AWS services[\\s\\S]*--port`),
    );
    for (const { close } of blockers) await close();
  });
});

/** Another program on a port. */
async function block(): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { port: typeof address === "object" && address !== null ? address.port : 0, close };
}
