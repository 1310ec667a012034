import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { platform } from "node:os";

import * as z from "zod";

import type { Callers } from "../front/callers.ts";
import type { FunctionDefinition } from "../template/installation.ts";
import { functionEnvironment } from "./function-environment.ts";
import { eachLine, type FunctionLogs } from "./function-logs.ts";
import type { InvocationError, InvocationResult } from "./invocation.ts";
import type { NodeRuntime } from "./node-runtime.ts";

export interface ProcessOptions {
  readonly definition: FunctionDefinition;
  readonly node: NodeRuntime;
  readonly frontUrl: string;
  readonly callers: Callers;
  readonly logs: FunctionLogs;
}

const errorShape = z.object({ name: z.string(), message: z.string(), stack: z.string().optional() });
const messageFromChild = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready") }),
  z.object({ type: z.literal("init-error"), error: errorShape }),
  z.object({ type: z.literal("result"), requestId: z.string(), json: z.string().optional() }),
  z.object({ type: z.literal("error"), requestId: z.string(), error: errorShape }),
]);
type MessageFromChild = z.output<typeof messageFromChild>;

/** Loading a bundle takes well under a second; Lambda gives it 10 s, and a laptop under load may need more. */
const INIT_TIMEOUT_MS = 30_000;

/**
 * One child process of one function, for one invocation at a time.
 *
 * starting → ready → busy → ready …, and from anywhere → dead: by `kill`, by its timeout, or by itself. What is under way
 * when it dies has failed as `crashed`.
 */
export class FunctionProcess {
  readonly #options: ProcessOptions;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #isDead = false;
  #hasLoaded = false;
  #waiting: ((message: MessageFromChild | "exit") => void) | undefined;
  #requestId: string | undefined;

  constructor(options: ProcessOptions) {
    this.#options = options;
    this.#child = this.#start();
    this.#exited = new Promise((resolve) => this.#child.once("exit", () => resolve()));
    this.#child.on("message", (message) => {
      const parsed = messageFromChild.safeParse(message);
      if (parsed.success) this.#waiting?.(parsed.data); // anything else is the function's own `process.send`
    });
    const die = () => {
      this.kill(); // what the process itself has started, such as a browser, goes with it
      this.#waiting?.("exit");
    };
    this.#child.once("exit", die);
    // Could not be started, or a message could not be sent to it because it is gone: "exit" may never come.
    this.#child.on("error", die);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isAlive(): boolean {
    return !this.#isDead;
  }

  /** Runs the handler once. Never rejects: whatever goes wrong is a result. The time to load the code does not count. */
  async invoke(event: unknown): Promise<InvocationResult> {
    const requestId = randomUUID();
    this.#requestId = requestId;
    try {
      const initError = await this.#load();
      if (initError !== undefined) return { ok: false, requestId, error: initError };
      return await this.#run(requestId, event);
    } finally {
      this.#requestId = undefined;
    }
  }

  /** SIGKILL to the process and all that it started, as Lambda ends a whole sandbox. */
  kill(): void {
    this.#isDead = true;
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      // The process leads a group of its own (`detached`); Windows has no groups.
      process.kill(platform() === "win32" ? pid : -pid, "SIGKILL");
    } catch {
      // Already gone.
    }
  }

  /** SIGKILL, and wait until the process is gone. */
  async stop(): Promise<void> {
    this.kill();
    if (this.#child.pid !== undefined) await this.#exited;
  }

  #start(): ChildProcess {
    const { definition, node, frontUrl, callers, logs } = this.#options;
    const functionName = definition.name;
    const credentials = callers.issue({
      kind: "function",
      functionName,
      pid: () => this.pid,
      invocationId: () => this.#requestId,
      kill: () => this.kill(),
    });
    const memoryFlag = `--max-old-space-size=${definition.memoryMb}`;
    const child = spawn(
      node.binary,
      [memoryFlag, node.bootstrap, definition.codeDir, definition.handler, definition.arn],
      {
        cwd: definition.codeDir,
        env: functionEnvironment({ definition, credentials, frontUrl }),
        stdio: ["ignore", "pipe", "pipe", "ipc"],
        detached: true,
      },
    );
    const log = (text: string) => logs.add({ at: new Date(), functionName, pid: child.pid ?? 0, text });
    for (const stream of [child.stdout, child.stderr]) if (stream !== null) eachLine(stream, log);
    return child;
  }

  async #load(): Promise<InvocationError | undefined> {
    if (this.#hasLoaded) return undefined;
    const answer = await this.#answer(INIT_TIMEOUT_MS);
    if (answer === "timeout" || answer === "exit") {
      this.kill();
      const message = `The function's code did not load: ${answer}.`;
      return { kind: "init", name: "Runtime.InitError", message };
    }
    if (answer.type === "init-error") {
      this.kill();
      return { kind: "init", ...answer.error };
    }
    this.#hasLoaded = true;
    return undefined;
  }

  async #run(requestId: string, event: unknown): Promise<InvocationResult> {
    const timeoutMs = this.#options.definition.timeoutSeconds * 1000;
    const fail = (error: InvocationError): InvocationResult => ({ ok: false, requestId, error });
    // A process that died meanwhile makes this fail; "exit" or "error" tells so.
    this.#child.send({ requestId, event, deadlineMs: Date.now() + timeoutMs }, () => undefined);
    const answer = await this.#answer(timeoutMs);
    if (answer === "timeout") {
      this.kill();
      const message = `${requestId} Task timed out after ${this.#options.definition.timeoutSeconds.toFixed(2)} seconds`;
      return fail({ kind: "timeout", name: "Sandbox.Timedout", message });
    }
    if (answer === "exit") return fail(this.#crash(requestId));
    if (answer.type === "result") return { ok: true, requestId, payload: JSON.parse(answer.json ?? "null") };
    return fail({ kind: "thrown", ...(answer.type === "error" ? answer.error : UNEXPECTED) });
  }

  #crash(requestId: string): InvocationError {
    const { exitCode, signalCode } = this.#child;
    const message = `RequestId: ${requestId} Error: Runtime exited with error: ${signalCode ?? `exit status ${exitCode}`}`;
    return { kind: "crashed", name: "Runtime.ExitError", message };
  }

  /** The child's next message; "exit" when it dies first, "timeout" when neither comes in time. */
  #answer(timeoutMs: number): Promise<MessageFromChild | "exit" | "timeout"> {
    if (this.#isDead) return Promise.resolve("exit");
    return new Promise((resolve) => {
      const settle = (answer: MessageFromChild | "exit" | "timeout") => {
        clearTimeout(timer);
        this.#waiting = undefined;
        resolve(answer);
      };
      const timer = setTimeout(() => settle("timeout"), timeoutMs);
      this.#waiting = settle;
    });
  }
}

const UNEXPECTED = { name: "Runtime.ProtocolError", message: "The function's process sent an unexpected message." };
