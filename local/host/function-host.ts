import type { FunctionDefinition } from "../template/installation.ts";
import { FunctionPool, type PoolOptions } from "./function-pool.ts";
import type { InvocationResult } from "./invocation.ts";

export interface HostOptions extends Omit<PoolOptions, "definition" | "maxProcesses"> {
  readonly functions: readonly FunctionDefinition[];
  /** Processes at the same time of the function with that name. */
  readonly maxProcessesOf: (functionName: string) => number;
  /** Told of each failed invocation: Lambda would write it into the function's log. */
  readonly onFailure: (functionName: string, result: InvocationResult) => void;
}

/** Runs the functions of the template, each in processes of its own. */
export class FunctionHost {
  readonly #pools: ReadonlyMap<string, FunctionPool>;
  readonly #onFailure: HostOptions["onFailure"];

  constructor({ functions, maxProcessesOf, onFailure, ...shared }: HostOptions) {
    this.#onFailure = onFailure;
    this.#pools = new Map(
      functions.map((definition) => [
        definition.name,
        new FunctionPool({ ...shared, definition, maxProcesses: maxProcessesOf(definition.name) }),
      ]),
    );
  }

  /** @throws Error for a function that the template does not declare; a function's own failure is a result. */
  async invoke(functionName: string, event: unknown): Promise<InvocationResult> {
    const pool = this.#pools.get(functionName);
    if (pool === undefined) {
      const known = [...this.#pools.keys()].join(", ");
      throw new Error(`The template declares no function "${functionName}". It declares ${known}.`);
    }
    const result = await pool.invoke(event);
    if (!result.ok) this.#onFailure(functionName, result);
    return result;
  }

  processes(): { functionName: string; pid: number }[] {
    return [...this.#pools].flatMap(([functionName, pool]) => pool.pids().map((pid) => ({ functionName, pid })));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.stop()));
  }

  kill(): void {
    for (const pool of this.#pools.values()) pool.kill();
  }
}
