import * as z from "zod";

import type { JsonObject } from "../json-object.ts";

/** Message ids remembered at most; the oldest are forgotten first. A laptop's backlog is far below. */
const MOST_MESSAGES = 100_000;

const sendInput = z.object({ MessageGroupId: z.string() });
const sendOutput = z.object({ MessageId: z.string() });
const batchInput = z.object({
  Entries: z.array(z.object({ Id: z.string(), MessageGroupId: z.string().optional() })),
});
const batchOutput = z.object({ Successful: z.array(z.object({ Id: z.string(), MessageId: z.string() })).default([]) });
const receiveOutput = z.looseObject({
  Messages: z
    .array(z.looseObject({ MessageId: z.string(), Attributes: z.record(z.string(), z.string()).optional() }))
    .optional(),
});

/**
 * The tenant of each message on a standard queue (SQS fair queues). fauxqs keeps groups on FIFO queues only, so what a
 * send says is noted here and put back into what a receive answers.
 */
export class MessageGroups {
  readonly #groups = new Map<string, string>();

  note(operation: string, input: JsonObject, output: JsonObject): void {
    if (operation === "SendMessage") this.#noteOne(input, output);
    if (operation === "SendMessageBatch") this.#noteBatch(input, output);
  }

  restore(operation: string, output: JsonObject): JsonObject {
    if (operation !== "ReceiveMessage" || this.#groups.size === 0) return output;
    const received = receiveOutput.safeParse(output);
    if (!received.success || received.data.Messages === undefined) return output;
    return {
      ...output,
      Messages: received.data.Messages.map((message) => {
        const MessageGroupId = this.#groups.get(message.MessageId);
        const isAsked = message.Attributes !== undefined && MessageGroupId !== undefined;
        return isAsked ? { ...message, Attributes: { ...message.Attributes, MessageGroupId } } : message;
      }),
    };
  }

  #noteOne(input: JsonObject, output: JsonObject): void {
    const sent = sendInput.safeParse(input);
    const answered = sendOutput.safeParse(output);
    if (sent.success && answered.success) this.#remember(answered.data.MessageId, sent.data.MessageGroupId);
  }

  #noteBatch(input: JsonObject, output: JsonObject): void {
    const sent = batchInput.safeParse(input);
    const answered = batchOutput.safeParse(output);
    if (!sent.success || !answered.success) return;
    for (const { Id, MessageId } of answered.data.Successful) {
      const group = sent.data.Entries.find((entry) => entry.Id === Id)?.MessageGroupId;
      if (group !== undefined) this.#remember(MessageId, group);
    }
  }

  #remember(messageId: string, group: string): void {
    this.#groups.set(messageId, group);
    const oldest = this.#groups.keys().next().value;
    if (this.#groups.size > MOST_MESSAGES && oldest !== undefined) this.#groups.delete(oldest);
  }
}
