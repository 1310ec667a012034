/**
 * For tests of job types: `runJob` runs one job on the real engine, in memory and virtual time; `runSchedule` that of a
 * schedule's occurrence; `checkJob` runs it again and again, with a crash at each of its calls.
 *
 * Import this before the handler: what a handler's file reads from its environment when it is loaded is set here.
 */

import "./environment.ts";

export { checkJob, checkSchedule, type CheckOptions, type CheckReport } from "./check-job.ts";
export { expectCompleted, expectEffectOnce, expectEnqueued, expectMail, expectNothingDone } from "./expectations.ts";
export { MAIL_OUTCOMES, type MailAttempt, type MailOutcome, type MailPlan } from "./fake-mailer.ts";
export type { ReceivedAttachment, ReceivedMail } from "./fake-mailer.ts";
export type { GivenFile, GivenRecord, StoredFile, StoredRecord } from "./fakes.ts";
export { crashAfter, crashBefore, loseAnswer, refuse, type Fault, type FaultKind } from "./faults.ts";
export type { EffectSeen, OtherJob, StepSeen } from "./job-seen.ts";
export { TestKitError } from "./kit-error.ts";
export type { LoggedLine } from "./observation.ts";
export type { AnyTested, RunOptions, Tested, WorldOptions } from "./options.ts";
export { runJob } from "./run-job.ts";
export { runSchedule } from "./run-schedule.ts";
export type { Moment } from "./test-clock.ts";
export type { TestRun } from "./test-run.ts";
