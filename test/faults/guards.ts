import { FLOW_GUARDS } from "./flow-guards.ts";

/** A guard of the engine, and how it is taken away: a piece of source text and what stands there without it. */
export interface Guard {
  readonly name: string;
  /** The subject that finds its absence soonest; `probe_parcel` by default. */
  readonly probe?: string;
  readonly edits: readonly Edit[];
}

export interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const claim = "shared/job/transitions/claim.ts";
const workerWrites = "shared/job/transitions/worker-writes.ts";
const worker = "shared/engine/worker.ts";
const effects = "shared/engine/effects.ts";
const settle = "shared/engine/settle.ts";
const jobRun = "shared/engine/job-run.ts";
const store = "test/support/memory-job-store.ts";

const edit = (file: string, from: string, to: string): Edit => ({ file, from, to });

const runClause = edit(claim, 'equal("run", args.run),', "");
const cancelInIntend = edit(
  workerWrites,
  '[absent("cancelRequestedAt")]);\n\nexport const complete',
  "[]);\n\nexport const complete",
);
const cancelSeenInAnswer = edit(
  jobRun,
  'if (held?.cancelRequestedAt !== undefined) throw this.stop({ why: "cancel_requested" });\n    if (held === undefined || !applied',
  "if (held === undefined || !applied",
);
const tickerSends = edit("shared/engine/ticker.ts", "await queue.sendAll(type, outgoing)", "outgoing");

/**
 * Every guard, alone where the harness finds its absence alone; where another one covers for it, both together, with a
 * line that says which.
 */
export const GUARDS: readonly Guard[] = [
  {
    name: "lease",
    edits: [edit(claim, '[statusIn("processing"), atMost("leaseUntil", args.now)]', '[statusIn("processing")]')],
  },
  { name: "epoch in the fence", edits: [edit(workerWrites, '[equal("epoch", epoch)]', '[absent("nothing")]')] },
  {
    name: "status in the fence of notes",
    edits: [edit(workerWrites, 'all: [equal("status", "processing"), ...fence', "all: [...fence")],
  },
  {
    name: "status in the fence of settling writes",
    edits: [edit("shared/job/transitions/transition.ts", "[statusIn(...from), ...", "[")],
  },
  {
    name: "claim token",
    probe: "probe_only_once",
    edits: [edit(worker, "(applied.isApplied || job.claimToken === token)", "applied.isApplied")],
  },
  { name: "run clause of the claim", probe: "probe_parcel/strange-messages", edits: [runClause] },
  {
    name: "type clause of the claim",
    probe: "probe_parcel/strange-messages",
    edits: [edit(claim, 'equal("type", args.type),', "")],
  },
  {
    name: "due time of waiting rows",
    edits: [edit(claim, '[statusIn(...READY), atMost("runAt", args.now)]', "[statusIn(...READY)]")],
  },
  {
    name: "attempts are counted at the claim",
    edits: [edit(claim, 'increment("attempts", 1)', 'increment("attempts", 0)')],
  },
  {
    name: "attempts maximum",
    probe: "probe_only_once",
    edits: [edit(worker, "if (job.attempts > this.#ports.definition.retry.maxAttempts)", "if (job.attempts > 1e9)")],
  },
  {
    name: "intent",
    edits: [edit(effects, ": await lookInto(ports, name, known.intent, options);", ": undefined;")],
  },
  {
    name: "receipt",
    probe: "probe_parcel/unreported",
    edits: [edit(effects, "if (known.receipt !== undefined) return known.receipt;", "")],
  },
  {
    name: "receipt wait",
    edits: [
      edit(effects, "const until = clock.now() + receiptWaitMs;", "const until = clock.now() + 0 * receiptWaitMs;"),
    ],
  },
  {
    // Alone, a resend forgets the wait together with the intent that it was for.
    name: "each intent gets its own wait, and a new intent forgets the old one's",
    probe: "probe_doubtful",
    edits: [
      edit(effects, "if (effect.wait?.token === intent.token) return", "if (effect.wait !== undefined) return"),
      edit(effects, "run.keepEffect(name, { ...cleared, intent:", "run.keepEffect(name, { ...known, intent:"),
    ],
  },
  {
    name: "receipts from before a person's word do not count",
    probe: "probe_unsure/again",
    edits: [edit(effects, "run.effect(name).ignoreReceiptsBefore", "undefined")],
  },
  {
    name: "a refusal clears its intent",
    edits: [edit(effects, "if (error instanceof EffectRefusedError)", "if (1 + 1 === 3)")],
  },
  {
    name: "a handler that makes light of an unknown outcome does not complete",
    probe: "probe_swallowing",
    edits: [edit("shared/engine/execute.ts", "if (open === undefined) {", "if (1 + 1 === 2) {")],
  },
  {
    name: "the final failure looks into open effects",
    probe: "probe_failing",
    edits: [edit(settle, "if (until > ports.clock.now()) return releaseUntil(settling, until, error);", "")],
  },
  {
    name: "the final failure asks a person",
    probe: "probe_only_once",
    edits: [edit(settle, 'run.effect(name).intent?.onUnknown === "review"', "1 + 1 === 3")],
  },
  // The answer to the intent's write says that a cancel was asked for, which stops the run as well.
  { name: "cancel clause of the intent, and its answer", edits: [cancelInIntend, cancelSeenInAnswer] },
  {
    name: "a cancel is seen at the claim",
    probe: "probe_unsure",
    edits: [edit(worker, "if (job.cancelRequestedAt !== undefined)", "if (1 + 1 === 3)")],
  },
  {
    name: "results of earlier steps are written before the next step begins",
    probe: "probe_parallel",
    edits: [edit("shared/engine/steps.ts", "await run.flushOrCheck();", "")],
  },
  {
    name: "create-once key",
    edits: [
      edit(
        store,
        "if (existing !== undefined && !isExpired) return",
        "if (existing !== undefined && 1 + 1 === 3) return",
      ),
    ],
  },
  {
    name: "enqueue token",
    edits: [
      edit(
        "shared/engine/put-job.ts",
        "created.isCreated || created.existing.enqueueToken === job.enqueueToken",
        "created.isCreated",
      ),
    ],
  },
  { name: "dlqOwed", probe: "probe_only_once", edits: [edit(workerWrites, "dlqOwed: true,", "")] },
  {
    name: "what is owed is paid at a redelivery",
    probe: "probe_permanent",
    edits: [edit(worker, 'job.status === "failed" && job.dlqOwed === true', "1 + 1 === 3")],
  },
  { name: "the ticker", edits: [tickerSends] },
  {
    // Of a job with a row, the ticker brings back what was lost with its message; of a message that nobody can use, nobody.
    name: "message kept until settled",
    probe: "probe_parcel/strange-messages",
    edits: [
      edit(
        "test/faults/actors.ts",
        "await this.#run(process, async () => {\n      const worker",
        "queue.delete(message.handle);\n    await this.#run(process, async () => {\n      const worker",
      ),
    ],
  },
  {
    name: "a processing row stays due",
    probe: "probe_poison",
    edits: [edit(claim, "dueAt: leaseUntil,", "dueAt: leaseUntil + 1e12,")],
  },
  {
    name: "a stale run is dropped",
    probe: "probe_parcel/strange-messages",
    edits: [edit(worker, "if (permit.run !== job.run && !(isNextRun && !isTerminal(job.status)))", "if (1 + 1 === 3)")],
  },
  {
    name: "a restart begins a run with its attempts anew",
    probe: "probe_failing",
    edits: [edit("shared/job/transitions/control.ts", "    permits: 0,\n    attempts: 0,", "    permits: 0,")],
  },
  {
    name: "the ticker notices a schedule's tick that never came",
    probe: "probe_nightly/nightly/tick-lost",
    edits: [edit("shared/engine/schedule-sweep.ts", "await queue.sendTick(", "await Promise.resolve(")],
  },
  ...FLOW_GUARDS,
];
