import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { Callers } from "../../local/front/callers.ts";
import { FunctionHost } from "../../local/host/function-host.ts";
import { FunctionLogs } from "../../local/host/function-logs.ts";
import type { InvocationResult } from "../../local/host/invocation.ts";
import { prepareNodeRuntime } from "../../local/host/node-runtime.ts";
import type { FunctionDefinition } from "../../local/template/installation.ts";

/** A host with one tiny function, `tiny`, whose `index.js` is the given CommonJS source. */
export interface TinyHost extends AsyncDisposable {
  readonly host: FunctionHost;
  readonly logs: FunctionLogs;
  readonly callers: Callers;
  readonly failures: InvocationResult[];
  readonly invoke: (event?: unknown) => Promise<InvocationResult>;
}

export interface TinyOptions {
  readonly source: string;
  readonly definition?: Partial<FunctionDefinition>;
  readonly maxProcesses?: number;
  readonly frontUrl?: string;
}

export async function startTinyHost({
  source,
  definition = {},
  maxProcesses = 1,
  frontUrl = "http://127.0.0.1:9",
}: TinyOptions): Promise<TinyHost> {
  const folder = await mkdtemp(path.join(tmpdir(), "backline-tiny-"));
  await writeFile(path.join(folder, "index.js"), source);
  const logs = new FunctionLogs(() => undefined);
  const callers = new Callers();
  const failures: InvocationResult[] = [];
  const host = new FunctionHost({
    functions: [{ ...tinyDefinition(folder), ...definition }],
    node: await prepareNodeRuntime(folder),
    frontUrl,
    callers,
    logs,
    maxProcessesOf: () => maxProcesses,
    onFailure: (_name, result) => failures.push(result),
  });
  return {
    host,
    logs,
    callers,
    failures,
    invoke: (event = {}) => host.invoke("tiny", event),
    [Symbol.asyncDispose]: async () => {
      await host.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const tinyDefinition = (codeDir: string): FunctionDefinition => ({
  name: "tiny",
  arn: "arn:aws:lambda:us-east-1:000000000000:function:tiny",
  roleArn: "arn:aws:iam::000000000000:role/tiny",
  codeDir,
  handler: "index.handler",
  environment: { GREETING: "hello" },
  timeoutSeconds: 5,
  memoryMb: 128,
});
