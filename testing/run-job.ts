import { exampleSeller } from "../shared/contracts/seller.ts";
import { createEnqueue } from "../shared/engine/enqueue.ts";
import { planOf, type FaultPlan } from "./faults.ts";
import { TestKitError } from "./kit-error.ts";
import type { AnyTested, RunOptions, Tested, WorldOptions } from "./options.ts";
import { runOn, type TestRun } from "./test-run.ts";
import { World } from "./world.ts";

/**
 * Enqueues one job and runs it to its end, on the real engine, in memory and virtual time: retries after hours, waits for
 * receipts and children, crashes and leases take no time at all. What happens outside is in the run that it returns.
 *
 * ```ts
 * import { runJob } from "../../testing/index.ts"; // first: handlers read their environment when they are loaded
 * import { handler } from "./handler.ts";
 *
 * const run = await runJob(handler, { orderId: "ord_1", text: "Paid." });
 * expect(run.status).toBe("completed");
 * ```
 *
 * Inside the run `Date.now()` and `new Date()` are virtual too. What a definition's `needs` do not list is denied, as the
 * function's role denies it: then the run throws.
 *
 * @throws InvalidPayloadError listing what is wrong with the payload; errors of `createEnqueue` for wrong options;
 *   TestKitError for a test that cannot work: a run that never ends, children that nobody runs, a fault that never happened.
 */
export async function runJob<Payload>(
  tested: Tested<Payload>,
  payload: NoInfer<Payload>,
  options: RunOptions = {},
): Promise<TestRun> {
  const { plan, unmet } = planOf(options.faults ?? []);
  const { world, jobId } = await enqueueIn(tested, payload, options, plan);
  const run = await runOn(world, jobId, options.limitMs);
  assertAllMet(unmet(), run.calls);
  return run;
}

/** A world with one job in it, which has not begun. */
export async function enqueueIn<Payload>(
  tested: Tested<Payload>,
  payload: NoInfer<Payload>,
  options: RunOptions,
  plan: FaultPlan,
): Promise<{ readonly world: World; readonly jobId: string }> {
  const world = await createWorld(tested, options, plan);
  const { tenant, idempotencyKey, runAt, delayMs, priority, subject, ttlMs, correlationId } = options;
  const given = { tenant, idempotencyKey, runAt, delayMs, priority, subject, ttlMs, correlationId };
  const enqueueOptions = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const { id } = await createEnqueue(world.ports)(tested.definition, payload, enqueueOptions);
  return { world, jobId: id };
}

/** A world with what is there before. */
export async function createWorld<Payload>(
  tested: Tested<Payload>,
  options: WorldOptions,
  plan: FaultPlan,
): Promise<World> {
  const types = [tested as AnyTested, ...(options.others ?? [])]; // each gets payloads of its own definition only
  for (const each of types) assertTested(each);
  const names = types.map(({ definition }) => definition.type);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new TestKitError(`There are two handlers of ${twice}; \`others\` are further types.`);
  const world = new World(types, options, plan);
  for (const { body, lists, ...key } of options.records ?? []) {
    const { isCreated } = await world.records.create(key, body, lists);
    if (!isCreated) throw new TestKitError(`The record ${key.kind}#${key.id} is given twice.`);
  }
  if (options.hasSeller !== false) await world.records.assume({ kind: "settings", id: "seller", body: exampleSeller });
  for (const file of options.files ?? []) await world.files.give(file);
  return world;
}

function assertTested(tested: Partial<AnyTested> | undefined): void {
  if (tested?.definition !== undefined && typeof tested.handle === "function") return;
  throw new TestKitError(
    "Give what a function's file exports as `handler` (made by `jobFunction`), or `{ definition, handle }`.",
  );
}

/** A fault that was not met has tested nothing. */
export function assertAllMet(
  unmet: readonly { readonly call: string; readonly nth?: number; readonly kind: string }[],
  calls: readonly string[],
): void {
  if (unmet.length === 0) return;
  const missing = unmet.map(({ call, nth = 1, kind }) => `"${kind}" at the ${nth}. call of "${call}"`);
  const made = [...new Set(calls)].join(", ");
  throw new TestKitError(`These faults never happened: ${missing.join("; ")}. Calls that were made: ${made}.`);
}
