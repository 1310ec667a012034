/**
 * For tests of job types: `runJob` runs one job on the real engine, in memory and virtual time; `runSchedule` that of a
 * schedule's occurrence; `checkJob` runs it again and again, with a crash at each of its calls.
 *
 * Import this before the handler: what a handler's file reads from its environment when it is loaded is set here.
 */

import "./environment.ts";

export { checkJob, checkSchedule, type CheckOptions, type CheckReport } from "./check-job.ts";
export {
  expectCompleted,
  expectEffectOnce,
  expectEnqueued,
  expectMail,
  expectMessage,
  expectNothingDone,
} from "./expectations.ts";
export { exampleOf, type Example } from "./example-of.ts";
export type { PacePlan } from "./fake-mail-pace.ts";
export type { MailAttempt, MailPlan, ReceivedAttachment, ReceivedMail } from "./fake-mailer.ts";
export type { MessageAttempt, MessagePlan } from "./fake-messenger.ts";
export type { PagePlan, PlannedPage } from "./fake-pages.ts";
export type { GivenFile, GivenRecord, StoredFile, StoredRecord } from "./fakes.ts";
export { crashAfter, crashBefore, loseAnswer, refuse, type Fault, type FaultKind } from "./faults.ts";
export type { EffectSeen, OtherJob, StepSeen } from "./job-seen.ts";
export { TestKitError } from "./kit-error.ts";
export type { LoggedLine } from "./observation.ts";
export type { AnyTested, RunOptions, Tested, WorldOptions } from "./options.ts";
export { MAIL_OUTCOMES, type MailOutcome, type OutcomePlan } from "./outcomes.ts";
export { runJob } from "./run-job.ts";
export { runSchedule } from "./run-schedule.ts";
export type { Moment } from "./test-clock.ts";
export type { SentMessage } from "../test/support/memory-messenger.ts";
export { fixedLinks } from "../test/support/fixed-links.ts";
export type { TestRun } from "./test-run.ts";
