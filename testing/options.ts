import type { JobContext } from "../shared/engine/job-context.ts";
import type { EnqueueOptions } from "../shared/engine/new-job.ts";
import type { JobDefinition } from "../shared/job/define-job.ts";
import type { Services } from "../shared/lambda/compose-services.ts";
import type { JobHandle } from "../shared/lambda/job-function.ts";
import type { PacePlan } from "./fake-mail-pace.ts";
import type { MailPlan } from "./fake-mailer.ts";
import type { MessagePlan } from "./fake-messenger.ts";
import type { PagePlan } from "./fake-pages.ts";
import type { GivenFile, GivenRecord } from "./fakes.ts";
import type { Fault } from "./faults.ts";
import type { Moment } from "./test-clock.ts";

/** What is tested: the `handler` that a function's file exports, or a definition with a handle of the test's own. */
export interface Tested<Payload> {
  readonly definition: JobDefinition<Payload>;
  /** What the handler does, without the function around it. */
  readonly handle: JobHandle<Payload>;
}

/** The same, the payload's type forgotten. */
export interface AnyTested {
  readonly definition: JobDefinition;
  readonly handle: (job: JobContext<never>, services: Services) => Promise<unknown>;
}

/** The world in which a job runs. */
export interface WorldOptions {
  /** When the job is enqueued; 2026-01-01T00:00:00Z by default. Time then passes by itself, and costs none. */
  readonly now?: Moment;
  /** Business records that are there before. */
  readonly records?: readonly GivenRecord[];
  /** Files that are there before. */
  readonly files?: readonly GivenFile[];
  /**
   * Handlers of further types: their jobs run too. Jobs of all other types are only recorded. A child that is not the
   * test's business may be faked: `{ definition: child, handle: async () => ({ isDone: true }) }`.
   */
  readonly others?: readonly AnyTested[];
  /** What becomes of mails; all are sent by default. */
  readonly mail?: MailPlan;
  /** Whether the mail service reports each mail after ten seconds, as SES does; true by default. */
  readonly isMailReported?: boolean;
  /** How long each mail waits for its turn at the account's limiter; over 5,000 its job snoozes. None waits by default. */
  readonly mailTurnsMs?: PacePlan;
  /** What becomes of WhatsApp and SMS messages; all are sent by default. */
  readonly messages?: MessagePlan;
  /** Whether the provider reports each message after ten seconds; true by default. */
  readonly isMessageReported?: boolean;
  /** What fetched pages answer, by URL: a status, or what is thrown; 200 by default. */
  readonly pages?: PagePlan;
  /** Whether there are seller's settings, those of an example, where `records` gives none; true by default. */
  readonly hasSeller?: boolean;
  /** Crashes, refused calls and lost answers. Each must happen, or the run throws. */
  readonly faults?: readonly Fault[];
  /** Of the randomness that backoffs get; without it there is none, and they are exactly as declared. */
  readonly seed?: number;
  /** Virtual milliseconds that each call takes; 10 by default. `run.calls` has the names. */
  readonly latencyMs?: number | ((call: string) => number);
  /**
   * Virtual milliseconds after which the run stops and is returned as it is. By default it throws after 60 days, for that is
   * hardly what the test is about.
   */
  readonly limitMs?: number;
  /**
   * Real milliseconds without a call after which a handler counts as hanging, and virtual time goes on to its deadline;
   * 2,000 by default. A handler's own timers are real: raise this where it waits for one.
   */
  readonly patienceMs?: number;
}

/** The options of `runJob`: the world's, and those of its enqueue. */
export type RunOptions = WorldOptions &
  Pick<
    EnqueueOptions,
    "tenant" | "idempotencyKey" | "runAt" | "delayMs" | "priority" | "subject" | "ttlMs" | "correlationId"
  >;
