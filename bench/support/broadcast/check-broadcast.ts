import { openStores } from "../../../local/runtime-stores.ts";
import { startRuntime, type Runtime } from "../../../local/runtime.ts";
import { seed } from "../../../local/seed.ts";
import { SqsJobQueue } from "../../../shared/aws/sqs-job-queue.ts";
import { systemClock, systemIds } from "../../../shared/aws/system-ports.ts";
import { moveBroadcast, readBroadcast } from "../../../shared/broadcast/broadcast-record.ts";
import { countResults, type BroadcastTotals } from "../../../shared/broadcast/broadcast-totals.ts";
import { emailBroadcast } from "../../../shared/catalog/messaging.ts";
import type { BroadcastMail } from "../../../shared/contracts/broadcast.ts";
import { MAIL_TAGS } from "../../../shared/contracts/mail-tags.ts";
import { createEnqueue } from "../../../shared/engine/enqueue.ts";
import { isTerminal } from "../../../shared/job/job-state.ts";
import { permitGraceMs } from "../../../shared/job/job-times.ts";
import { MemoryValueStore } from "../../../test/support/memory-file-store.ts";
import { waitForFact } from "../../../test/support/facts.ts";
import { suppressAll, testAudience, type TestAudience } from "./audience.ts";
import { sendsInTrouble, Trouble } from "./trouble.ts";

export interface BroadcastCheckOptions {
  readonly recipients: number;
  /** What the SES stand-in takes. */
  readonly ratePerSecond: number;
  /** Of durations: receipts are waited for in seconds instead of minutes. */
  readonly timeScale: number;
  /** Function processes that are killed while they send, 2 by default; each costs a lease and a receipt wait. */
  readonly kills?: number;
  /** Sends that fail, are lost or throttled: 1 % by default; each of the first two costs a receipt wait. */
  readonly troubles?: number;
  /** Hears how far it has come. */
  readonly say?: (line: string) => void;
}

/** What the mails say that the embedded SES has received. */
export interface BroadcastCheck {
  readonly recipients: number;
  readonly mails: number;
  /** Mails beyond the first one to somebody. */
  readonly duplicates: number;
  /** Who should have got one, and did not. */
  readonly missing: number;
  readonly toSuppressed: number;
  /** Mails that came while the broadcast was paused, after the slices that were under way. */
  readonly duringPause: number;
  /** What was done to sends: failed, lost, throttled, killed. */
  readonly trouble: Readonly<Record<string, number>>;
  readonly status: string;
  readonly totals: BroadcastTotals;
  readonly seconds: number;
}

const BROADCAST_ID = "check";
const PAUSE_MS = 3_000;
/** Slices that were under way when the pause began end within this time. */
const SETTLE_MS = 2_000;
const LONGEST_MS = 30 * 60_000;

export const isRight = ({ duplicates, missing, toSuppressed, duringPause, status }: BroadcastCheck): boolean =>
  duplicates === 0 && missing === 0 && toSuppressed === 0 && duringPause === 0 && status === "completed";

/**
 * A broadcast on the embedded stack, with 1 % of its sends failing, lost or throttled, two kills and a pause in the middle, judged from the mails that
 * arrived.
 *
 * @param andThen looks further at the stack before it ends.
 */
export async function checkBroadcast(
  options: BroadcastCheckOptions,
  andThen: (runtime: Runtime) => Promise<void> = () => Promise.resolve(),
): Promise<BroadcastCheck> {
  const { recipients, ratePerSecond, timeScale, kills = 2, troubles } = options;
  const killAt = [Math.ceil(recipients / 3), Math.ceil(recipients / 10)].slice(0, kills);
  const trouble = new Trouble({ troubleAt: sendsInTrouble(recipients).slice(0, troubles), killAt });
  await using runtime = await startRuntime({
    quiet: true,
    print: () => {},
    seed,
    timeScale,
    intercept: trouble.decide,
    mail: { ratePerSecond },
    mailEventLagMs: 300,
  });
  const audience = testAudience(recipients);
  const run = new CheckRun(runtime, audience, options);
  const { status, duringPause, totals, seconds } = await run.run();
  await andThen(runtime);
  return { recipients, ...judge(run.mails(), audience), duringPause, trouble: trouble.counts, status, totals, seconds };
}

function judge(mails: readonly string[], { expected, suppressed }: TestAudience) {
  const got = new Set(mails);
  return {
    mails: mails.length,
    duplicates: mails.length - got.size,
    missing: expected.filter((email) => !got.has(email)).length,
    toSuppressed: suppressed.filter((email) => got.has(email)).length,
  };
}

class CheckRun {
  readonly #runtime: Runtime;
  readonly #stores: ReturnType<typeof openStores>;
  readonly #audience: TestAudience;
  readonly #options: BroadcastCheckOptions;
  #saidAt = 0;

  constructor(runtime: Runtime, audience: TestAudience, options: BroadcastCheckOptions) {
    this.#runtime = runtime;
    this.#stores = openStores(runtime.info);
    this.#audience = audience;
    this.#options = options;
  }

  /** Addresses of the broadcast's mails, lower case, one for each mail. */
  mails(): string[] {
    return this.#runtime
      .mails()
      .filter(({ tags }) => tags[MAIL_TAGS.broadcast] === BROADCAST_ID)
      .flatMap(({ to }) => to.map((address) => address.toLowerCase()));
  }

  async run() {
    const { records } = this.#stores;
    await suppressAll(records, this.#audience);
    const beganAt = performance.now();
    const jobId = await this.#enqueue();
    const duringPause = await this.#pauseInTheMiddle();
    const status = await this.#ended(jobId);
    const seconds = (performance.now() - beganAt) / 1_000;
    const known = await readBroadcast(records, BROADCAST_ID);
    if (known === undefined) throw new Error("The broadcast is not on record.");
    return { status, duringPause, totals: await countResults(records, BROADCAST_ID, known.body), seconds };
  }

  async #enqueue(): Promise<string> {
    const { info } = this.#runtime;
    const { jobs, sqs, records, files } = this.#stores;
    const csv = "audiences/check.csv";
    const body = Buffer.from(this.#audience.csv);
    await files.putOnce({ bucket: "broadcasts", key: csv, body, contentType: "text/csv" });
    const enqueue = createEnqueue({
      store: jobs,
      records,
      queue: new SqsJobQueue(sqs, info.environment["QUEUE_URL_PREFIX"] ?? ""),
      values: new MemoryValueStore(), // the payload is small
      clock: systemClock,
      ids: systemIds,
      log: SILENT,
      permitGraceMs: permitGraceMs(this.#options.timeScale),
    });
    const mail: BroadcastMail = {
      type: "marketing",
      data: { subject: "Spring in the studio", heading: "New glazes", paragraphs: ["Come and see them."] },
    };
    const payload = { broadcastId: BROADCAST_ID, audience: { csv }, mail };
    return (await enqueue(emailBroadcast, payload, { idempotencyKey: BROADCAST_ID })).id;
  }

  /** @returns how many mails came although the broadcast was paused. */
  async #pauseInTheMiddle(): Promise<number> {
    const { records } = this.#stores;
    const half = this.#audience.expected.length / 2;
    const isHalfDone = () => {
      this.#sayHowFar();
      return this.mails().length >= half ? true : undefined;
    };
    await waitForFact("half of the mails", isHalfDone, LONGEST_MS);
    await moveBroadcast(records, BROADCAST_ID, "pause", new Date().toISOString());
    this.#say(`paused at ${this.mails().length} mails`);
    await passed(SETTLE_MS);
    const before = this.mails().length;
    await passed(PAUSE_MS);
    const during = this.mails().length - before;
    await moveBroadcast(records, BROADCAST_ID, "resume", new Date().toISOString());
    this.#say(`resumed at ${this.mails().length} mails`);
    return during;
  }

  #ended(jobId: string): Promise<string> {
    return waitForFact(
      "the end of the broadcast",
      async () => {
        this.#sayHowFar();
        const job = await this.#stores.jobs.get(jobId);
        return job !== undefined && isTerminal(job.status) ? job.status : undefined;
      },
      LONGEST_MS,
    );
  }

  /** Every ten seconds. */
  #sayHowFar(): void {
    const now = performance.now();
    if (now - this.#saidAt < 10_000) return;
    this.#saidAt = now;
    this.#say(`${this.mails().length} mails`);
  }

  #say(line: string): void {
    this.#options.say?.(line);
  }
}

/** The pause is measured by the clock: that nothing comes is no fact to wait for. */
const passed = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

const SILENT = { info: () => {}, warn: () => {}, error: () => {}, with: () => SILENT };
