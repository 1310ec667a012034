import type { TextMessagePayload } from "../contracts/text-message.ts";
import type { ReceiptSearch } from "../engine/effects.ts";
import type { JobContext } from "../engine/job-context.ts";
import { ASSUMED_CLOCK_SKEW_SECONDS } from "../job/job-times.ts";
import type { EpochMs } from "../job/job.ts";
import type { Services } from "../lambda/compose-services.ts";
import type { Channel, OutgoingMessage } from "../ports/messenger.ts";
import { composeMessage } from "./compose-message.ts";
import { readMessage } from "./message-record.ts";
import { isOptOut } from "./twilio-errors.ts";

const EFFECT = "message";

/** What became of a message: taken, with Twilio's id, or not sent, because the person does not want any. */
export type SentMessage = { readonly messageSid: string } | { readonly notSent: "opted_out" };

type MessageServices = Pick<Services, "settings" | "messenger" | "records" | "receipts" | "clock">;

/** Sends a job's message, once. Someone who has answered STOP has decided so: the job completes, and says why nothing went. */
export async function sendMessage(
  job: JobContext<TextMessagePayload>,
  services: MessageServices,
  channel: Channel,
): Promise<SentMessage> {
  const { to, content } = job.payload;
  const composed = composeMessage(job.payload, await services.settings.read(), channel);
  const message: OutgoingMessage = { ...composed, jobId: job.id, effect: EFFECT };
  // Written together with the intent: what was sent for it was sent later.
  const begunAt = await job.step("begun", () => services.clock.now());
  try {
    const { id } = await job.effect(EFFECT, {
      what: `${channel} ${"text" in content ? "of own words" : content.template}`,
      to,
      send: () => services.messenger.send(message),
      findReceipt: () => findReceipt(services, message, begunAt),
      onUnknown: "resend",
    });
    return { messageSid: id };
  } catch (error) {
    if (!isOptOut(error)) throw error;
    job.log.warn("The message was not sent: the person has opted out of messages from this sender.");
    return { notSent: "opted_out" };
  }
}

/** Status callbacks name the job; Twilio's own list does not, so what a callback has given to another job is left out. */
async function findReceipt(
  { receipts, messenger, records }: MessageServices,
  message: OutgoingMessage,
  begunAt: EpochMs,
): Promise<ReceiptSearch> {
  const { jobId, effect } = message;
  const receipt = await receipts.find(jobId, effect, begunAt - ASSUMED_CLOCK_SKEW_SECONDS * 1000);
  if (receipt !== undefined) return { outcome: "found", id: receipt.id };
  for (const { id } of await messenger.findSent(message, begunAt)) {
    const known = await readMessage(records, id);
    if (known === undefined || known.body.jobId === jobId) return { outcome: "found", id };
  }
  return { outcome: "notSent" };
}
