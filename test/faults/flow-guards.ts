import type { Edit, Guard } from "./guards.ts";

const gate = "shared/engine/gate.ts";
const look = "shared/engine/flow/look.ts";
const slots = "shared/engine/limits/concurrency-slots.ts";
const worker = "shared/engine/worker.ts";
const ticker = "shared/engine/ticker.ts";
const flow = "shared/job/transitions/flow.ts";
const workerWrites = "shared/job/transitions/worker-writes.ts";
const children = "shared/engine/flow/children.ts";

const edit = (file: string, from: string, to: string): Edit => ({ file, from, to });

/** The guards of jobs that wait for others, or that may not begin at any time; see `GUARDS`. */
export const FLOW_GUARDS: readonly Guard[] = [
  {
    name: "a waiting job wakes only when all that it waits for have ended",
    probe: "probe_diamond/run",
    edits: [edit(look, "if (open.length === 0) return wakeUp", "if (1 + 1 === 2) return wakeUp")],
  },
  {
    name: "a job that has not ended is open",
    probe: "probe_diamond/cancel",
    edits: [edit(look, ": !isTerminal(status);", ": false;")],
  },
  {
    name: "a dependency that did not complete ends those that want it so",
    probe: "probe_diamond/fail",
    edits: [edit(look, "if (failure !== undefined) return giveUp", "if (1 + 1 === 3 && failure) return giveUp")],
  },
  {
    // The rows that are read for the outcomes cover for the statuses.
    name: "a parent waits for children that have not ended",
    probe: "probe_lenient",
    edits: [
      edit(children, "if (waitingFor.length > 0) throw", "if (waitingFor.length > 1) throw"),
      edit(children, "if (reopened.length > 0) throw", "if (reopened.length > 1) throw"),
    ],
  },
  {
    // Alone, what ends need not wake those that wait: the ticker has them look, only later.
    name: "the ticker looks at waiting rows",
    probe: "probe_diamond/run",
    edits: [edit(ticker, "if (entries.length > 0) {", 'if (entries.some(({ status }) => status !== "waiting")) {')],
  },
  {
    name: "waiting uses no attempt",
    probe: "probe_snoozing",
    edits: [
      edit(
        workerWrites,
        "isAttemptUsed || claim.attempts === 0",
        "1 + 1 === 2 || isAttemptUsed || claim.attempts === 0",
      ),
    ],
  },
  {
    name: "a checkpoint has counted the attempts anew",
    probe: "probe_sweeping_on",
    edits: [edit(workerWrites, "isAttemptUsed || claim.attempts === 0", "isAttemptUsed")],
  },
  {
    name: "going on counts the attempts anew",
    probe: "probe_continuing",
    edits: [edit(workerWrites, "{ ...next, attempts: 0 }", "{ ...next }")],
  },
  {
    name: "a sweep's place is kept",
    probe: "probe_sweeping",
    edits: [edit("shared/engine/sweep.ts", "run.keepSweep(name, state);", "")],
  },
  {
    name: "all slots of a key",
    probe: "probe_exclusive",
    edits: [edit(slots, "isTaken = !isLate && Object.keys(others).length < mine.limit;", "isTaken = !isLate;")],
  },
  {
    name: "a slot outlives its lease",
    probe: "probe_exclusive",
    edits: [edit(slots, "const until = now + given.leaseMs + SKEW_MS;", "const until = now + 0 * SKEW_MS;")],
  },
  {
    name: "a slot is given back after the settling",
    probe: "probe_exclusive",
    edits: [
      edit(
        worker,
        "const outcome = await this.#attempt(",
        "if (slot !== undefined) await giveSlotBack(this.#ports, slot, clock.now());\n    const outcome = await this.#attempt(",
      ),
    ],
  },
  {
    name: "a slot is free when the last copy has given it back",
    probe: "probe_exclusive",
    edits: [edit(slots, "if (Object.keys(workers).length > 0) {", "if (Object.keys(workers).length > 1e9) {")],
  },
  {
    name: "a dead worker's job goes on within its limits",
    probe: "probe_metered",
    edits: [
      edit(gate, "if (isOrdinary && isLeaseOver(job, clock.now())) return goingOn(ports, job, receiveCount);", ""),
    ],
  },
  {
    name: "what the gate finds unready is not claimed",
    probe: "probe_metered",
    edits: [
      edit(
        gate,
        "withinLimits(ports, job, receiveCount) : { refused: job };",
        "withinLimits(ports, job, receiveCount) : onlyFor({ permit });",
      ),
    ],
  },
  {
    name: "a slot of a rate limit is waited for",
    probe: "probe_metered",
    edits: [
      edit(gate, "if (slotAt <= ports.clock.now()) return onlyFor(held);", "if (slotAt > 0) return onlyFor(held);"),
    ],
  },
  {
    name: "a claim uses its slot up",
    probe: "probe_metered",
    edits: [edit("shared/job/transitions/claim.ts", "rateSlotAt: undefined,", "")],
  },
  {
    name: "a pause holds jobs back",
    probe: "probe_pausable/start",
    edits: [
      edit(
        gate,
        "if (pause !== undefined && job !== undefined) return atPause",
        "if (1 + 1 === 3 && job) return atPause",
      ),
    ],
  },
  {
    name: "a replay during a pause begins the next run",
    probe: "probe_pausable/redriven",
    edits: [
      edit(
        gate,
        'if (job.status === "failed" && job.type === permit.type && permit.run === job.run + 1) {',
        'if (job.status === "failed") return { outcome: ACKNOWLEDGE };\n  if (1 + 1 === 3) {',
      ),
    ],
  },
  {
    name: "time to live",
    probe: "probe_fleeting",
    edits: [edit(worker, "if (hasExpired(job, clock.now())) return settleExpired(settling);", "")],
  },
  {
    name: "only what has not begun expires",
    probe: "probe_begun",
    edits: [edit(worker, "startBy < now && epoch === 1;", "startBy < now;")],
  },
  {
    name: "a debounced job that has begun takes nothing",
    probe: "probe_debounced",
    edits: [edit(flow, 'all: [statusIn("pending"), equal("epoch", 0), equal("run", 1)]', "all: []")],
  },
  {
    name: "one job of a debounce key takes what comes",
    probe: "probe_debounced",
    edits: [
      edit(
        "shared/engine/flow/debounce.ts",
        "(await records.get(key)) ?? (await records.create(key, body)).record",
        "(await records.create(key, body)).record && { body, version: 1 }",
      ),
    ],
  },
];
