import type { EventTrigger } from "../../shared/job/define-job.ts";
import { MAIL_TAGS } from "../../shared/contracts/mail-tags.ts";
import { recipientIdOf } from "../../shared/contracts/recipient-id.ts";
import type { SentMail } from "../support/memory-mailer.ts";
import type { World } from "./world.ts";

/**
 * What SES does with a mail that it took: it tells EventBridge, whose rule feeds the queue of the type that asked for
 * such events. In a world without that type the report becomes a receipt by itself.
 */
export function reportMail(world: World, mail: SentMail): void {
  if (world.subject.isUnreported === true) return;
  world.openReports += 1;
  world.after(world.reportLagMs(), () => {
    world.openReports -= 1;
    const event = sendEvent(mail);
    const listener = world.subject.types.find(({ definition }) =>
      definition.triggers?.some(({ pattern }) => pattern.source.includes("aws.ses")),
    );
    const { type, triggers: [trigger] = [] } = listener?.definition ?? {};
    if (type === undefined || trigger === undefined) return void putReceipt(world, mail);
    const body = { v: 1, type, event: { id: `evt-${mail.id}`, data: dataOf(trigger, event) } };
    world.queue.put(type, JSON.stringify(body));
  });
}

function putReceipt(world: World, { id, at, jobId, effect }: SentMail): Promise<void> {
  const report = { jobId, effect, messageId: id, eventType: "Send", at };
  world.effects.reported(report);
  return world.receipts.put(report);
}

/** SES's `Send` event as EventBridge gets it: with the time of the send, however late it comes. */
function sendEvent(mail: SentMail) {
  const tags = {
    [MAIL_TAGS.job]: [mail.jobId],
    [MAIL_TAGS.effect]: [mail.effect],
    [MAIL_TAGS.recipient]: [recipientIdOf(mail.to)],
    [MAIL_TAGS.kind]: [mail.kind ?? "other"],
    [MAIL_TAGS.broadcast]: [mail.broadcastId ?? "none"],
  };
  return { time: new Date(mail.at).toISOString(), detail: { eventType: "Send", mail: { messageId: mail.id, tags } } };
}

/** Cuts the event down to what the rule's input paths name, such as `$.detail.mail.tags.backline_job[0]`. */
function dataOf({ payload }: EventTrigger, event: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(payload).map(([property, path]) => [property, valueAt(event, path)]));
}

function valueAt(event: object, path: string): unknown {
  const names = path
    .slice(2)
    .split(/[.[\]]+/)
    .filter((name) => name !== "");
  return names.reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], event);
}
