import { SigningSecrets } from "../../shared/aws/signing-secrets.ts";
import { behindSecret } from "../../shared/cron/bearer-secret.ts";
import { answerCron, type CronPorts } from "../../shared/cron/cron-route.ts";
import { createEnqueue } from "../../shared/engine/enqueue.ts";
import type { JobDefinition } from "../../shared/job/define-job.ts";
import type { HttpAnswer, HttpRequest } from "../../shared/lambda/http-function.ts";
import { Simulation } from "./simulation.ts";

export const CURRENT = "current-0123456789abcdef";
export const PREVIOUS = "previous-0123456789abcde";

/** What Secrets Manager gives, or why it does not. */
export type StoredSecret = string | undefined | Error;

export interface Call {
  readonly method?: "GET" | "POST";
  readonly path?: string;
  readonly query?: string;
  readonly body?: string;
  /** With the current secret by default. */
  readonly headers?: Readonly<Record<string, string>>;
}

const RIGHT = { authorization: `Bearer ${CURRENT}` };

/** The cron endpoints as their function puts them together, on the real engine in virtual time. */
export class CronCaller {
  readonly simulation: Simulation<unknown>;
  stored: StoredSecret = JSON.stringify({ current: CURRENT, previous: PREVIOUS });
  /** How long the route has slept, each time: milliseconds. */
  readonly naps: number[] = [];
  /** Happens while the route sleeps: what workers do meanwhile. */
  meanwhile: () => Promise<unknown> = () => Promise.resolve();
  readonly #definition: JobDefinition;

  /** @param work What the job's handler does; its result is the job's. */
  constructor(definition: JobDefinition, work: () => unknown = () => undefined) {
    this.#definition = definition;
    this.simulation = new Simulation<unknown>(definition, () => Promise.resolve(work()));
  }

  call({ method = "POST", path = "/api/cron/cleanup", query = "", body = "", headers = RIGHT }: Call = {}) {
    const request = { headers, method, path, query, parameters: {}, body: Buffer.from(body), requestId: "req-1" };
    return this.#answer(request);
  }

  /** Ids of the jobs that there are. */
  jobIds(): string[] {
    return this.simulation.store.jobs().map(({ id }) => id);
  }

  /** Payloads of the endpoint's jobs. */
  payloads(): unknown[] {
    return this.simulation.store
      .jobs()
      .filter(({ type }) => type === this.#definition.type)
      .map(({ payload }) => payload);
  }

  get log() {
    return this.simulation.log;
  }

  async #answer(request: HttpRequest): Promise<HttpAnswer> {
    const { log, clock } = this.simulation;
    // The client's other ways to call it are not used.
    const client = { send: () => this.#read() } as never;
    const secret = new SigningSecrets(client, "cron", clock);
    return behindSecret({ secret, log }, (accepted) => answerCron(this.#ports(), accepted))(request);
  }

  async #read() {
    if (this.stored instanceof Error) throw this.stored;
    return Promise.resolve({ SecretString: this.stored });
  }

  #ports(): CronPorts {
    const { store, enqueuePorts, clock, log } = this.simulation;
    const sleep = async (ms: number): Promise<void> => {
      this.naps.push(ms);
      await this.meanwhile();
      clock.advance(ms);
    };
    return { enqueue: createEnqueue(enqueuePorts), store, values: enqueuePorts.values, clock, sleep, log };
  }
}
