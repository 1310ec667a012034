import { createEnqueue } from "../../shared/engine/enqueue.ts";
import type { JobDefinition } from "../../shared/job/define-job.ts";
import type { SentMessage } from "../support/memory-messenger.ts";
import { sparedPorts } from "./engine-ports.ts";
import type { World } from "./world.ts";

/** The type whose jobs the webhook of the messages' provider enqueues. */
const LISTENER = "twilio_event";

/**
 * What the messages' provider does with a message that it took: it calls our webhook, which enqueues the report. The webhook
 * itself meets no faults here: the provider would call again. In a world without the reports' type the report becomes a
 * receipt by itself.
 */
export function reportMessage(world: World, message: SentMessage): void {
  if (world.subject.isUnreported === true) return;
  world.openReports += 1;
  world.after(world.reportLagMs(), () => {
    world.openReports -= 1;
    const listener = world.typeOf(LISTENER)?.definition;
    if (listener === undefined) void putReceipt(world, message);
    else void callWebhook(world, listener, message);
  });
}

function putReceipt(world: World, { id, at, jobId, effect }: SentMessage): Promise<void> {
  const report = { jobId, effect, messageId: id, eventType: "sent", at };
  world.effects.reported(report);
  return world.receipts.put(report);
}

async function callWebhook(world: World, listener: JobDefinition, { id, jobId, effect }: SentMessage): Promise<void> {
  const process = world.spawn({ name: "webhook", kind: "client", killAt: world.now + 15_000, skewMs: 0 });
  const enqueue = createEnqueue(sparedPorts(world, process));
  const payload = { messageSid: id, status: "sent", jobId, effect };
  await enqueue(listener, payload, { idempotencyKey: `${id}-sent` });
  world.end(process);
}
