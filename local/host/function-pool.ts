import { FunctionProcess, type ProcessOptions } from "./function-process.ts";
import type { InvocationResult } from "./invocation.ts";

export interface PoolOptions extends ProcessOptions {
  /** Processes of this function at the same time. */
  readonly maxProcesses: number;
}

/**
 * The processes of one function: started when they are needed, reused while they live, never more than allowed. Whoever
 * finds none free waits, first come first served.
 */
export class FunctionPool {
  readonly #options: PoolOptions;
  readonly #idle: FunctionProcess[] = [];
  /** Idle and busy ones: what counts against the limit. */
  readonly #all = new Set<FunctionProcess>();
  readonly #dying = new Set<FunctionProcess>();
  readonly #waiting: ((process: FunctionProcess | undefined) => void)[] = [];
  #hasStopped = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  async invoke(event: unknown): Promise<InvocationResult> {
    const process = await this.#acquire();
    if (process === undefined) return STOPPED;
    try {
      return await process.invoke(event);
    } finally {
      this.#release(process);
    }
  }

  pids(): number[] {
    return [...this.#all].filter(({ isAlive }) => isAlive).map(({ pid }) => pid);
  }

  async stop(): Promise<void> {
    this.#hasStopped = true;
    for (const proceed of this.#waiting.splice(0)) proceed(undefined);
    await Promise.all([...this.#all, ...this.#dying].map((process) => process.stop()));
  }

  /** For a forced end: SIGKILL to all, without waiting. */
  kill(): void {
    for (const process of this.#all) process.kill();
  }

  async #acquire(): Promise<FunctionProcess | undefined> {
    if (this.#hasStopped) return undefined;
    const idle = this.#takeIdle();
    if (idle !== undefined) return idle;
    if (this.#all.size < this.#options.maxProcesses) return this.#start();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The one used last: the others may go cold. Those that died while idle are forgotten. */
  #takeIdle(): FunctionProcess | undefined {
    for (let process = this.#idle.pop(); process !== undefined; process = this.#idle.pop()) {
      if (process.isAlive) return process;
      this.#bury(process);
    }
    return undefined;
  }

  /** Its place is free at once; `stop` still waits until it is gone. */
  #bury(process: FunctionProcess): void {
    this.#all.delete(process);
    this.#dying.add(process);
    void process.stop().finally(() => this.#dying.delete(process));
  }

  #start(): FunctionProcess {
    const process = new FunctionProcess(this.#options);
    this.#all.add(process);
    return process;
  }

  #release(process: FunctionProcess): void {
    const isUsable = process.isAlive && !this.#hasStopped;
    if (!isUsable) this.#bury(process);
    const next = this.#waiting.shift();
    if (next !== undefined) next(isUsable ? process : this.#start());
    else if (isUsable) this.#idle.push(process);
  }
}

const STOPPED: InvocationResult = {
  ok: false,
  requestId: "",
  error: { kind: "crashed", name: "Runtime.ExitError", message: "The embedded runtime is stopping." },
};
