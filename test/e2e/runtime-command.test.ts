import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:http";
import path from "node:path";

import { afterEach, describe, expect, test } from "@jest/globals";
import * as z from "zod";

const ROOT = path.resolve(import.meta.dirname, "../..");
const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

interface Command {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly ended: Promise<number | null>;
}

/** `npm start` without npm, whose own lines would mix in. */
const start = (args: readonly string[], environment?: Record<string, string>): Command =>
  run("local/start.ts", args, environment);

function run(script: string, args: readonly string[], environment: Record<string, string> = {}): Command {
  const child = spawn(process.execPath, ["--import", "tsx", script, ...args], {
    cwd: ROOT,
    env: { ...process.env, NODE_OPTIONS: "", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  started.push(child);
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return { child, stdout: () => output.stdout, stderr: () => output.stderr, ended };
}

const firstLine = ({ child, stdout }: Command): Promise<string> =>
  new Promise((resolve, reject) => {
    child.stdout?.on("data", () => {
      const [line = "", ...rest] = stdout().split("\n");
      if (rest.length > 0) resolve(line);
    });
    child.once("exit", () => reject(new Error("ended without a line")));
  });

const infoSchema = z.object({
  api: z.url(),
  mailbox: z.url(),
  endpoints: z.object({ dynamodb: z.url(), sqs: z.url(), s3: z.url(), ses: z.url() }),
  region: z.literal("us-east-1"),
  webhookSecrets: z.object({ stripe: z.string() }),
  credentials: z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }),
});

/** A whole start, on a machine that may be busy with other tests. */
const START_TIMEOUT_MS = 60_000;

describe("npm start", () => {
  test(
    "with --json prints one line once all is ready, and Ctrl-C ends everything",
    async () => {
      const command = start(["--json", "--port", "0"]);
      const info = infoSchema.parse(JSON.parse(await firstLine(command)));
      expect((await fetch(`${info.api}/health`)).status).toBe(200);
      expect((await fetch(info.mailbox)).status).toBe(200);
      command.child.kill("SIGINT");
      expect(await command.ended).toBe(0);
      expect(command.stdout().trimEnd().split("\n")).toHaveLength(1);
      await expect(fetch(info.api)).rejects.toThrow("fetch failed");
    },
    START_TIMEOUT_MS,
  );

  test(
    "with a taken port says which and what to do, and ends with 1",
    async () => {
      const blocker = createServer();
      await new Promise<void>((resolve) => blocker.listen(0, "127.0.0.1", resolve));
      const address = blocker.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      const command = start(["--port", String(port)]);
      expect(await command.ended).toBe(1);
      blocker.close();
      expect(command.stderr()).toContain(`${port}, for the HTTP API`);
      expect(command.stderr()).toContain("--port 0");
      expect(command.stdout()).toBe("");
    },
    START_TIMEOUT_MS,
  );

  test(
    "with wrong settings lists them all and ends with 1",
    async () => {
      const command = start(["--nope", "--chaos=x"], { BACKLINE_PORT: "abc", BACKLINE_NAME: "A B" });
      expect(await command.ended).toBe(1);
      for (const problem of ["--nope", "--chaos", "BACKLINE_PORT", "BACKLINE_NAME"])
        expect(command.stderr()).toContain(problem);
    },
    START_TIMEOUT_MS,
  );
});

describe("a script with wrong arguments", () => {
  test.each([
    ["local/demo.ts", ["--jsn"], /--jsn[\s\S]*Usage: npm run demo/],
    ["local/demo.ts", ["--json", "stray"], /stray[\s\S]*Usage: npm run demo/],
    ["bench/synth.ts", ["--functions", "x"], /^--functions is "x": it must be a whole number from \d+\.\n$/],
    ["bench/synth.ts", ["--functions", "-1"], /--functions/],
    ["bench/synth.ts", ["--nope"], /--nope/],
  ])(
    "%s %j: says what is wrong without a stack, and ends with 1",
    async (script, args, message) => {
      const command = run(script, args);
      expect(await command.ended).toBe(1);
      expect(command.stderr()).toMatch(message);
      expect(command.stderr()).not.toContain("    at ");
      expect(command.stdout()).toBe("");
    },
    START_TIMEOUT_MS,
  );
});
