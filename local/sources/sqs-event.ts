import type { Message } from "@aws-sdk/client-sqs";
import type { SQSEvent, SQSMessageAttributes, SQSRecord } from "aws-lambda";
import * as z from "zod";

import { LOCAL_REGION } from "../template/intrinsics.ts";

/** The event that Lambda makes of received messages. */
export function sqsEvent(messages: readonly Message[], queueArn: string): SQSEvent {
  return { Records: messages.map((message) => sqsRecord(message, queueArn)) };
}

function sqsRecord(message: Message, queueArn: string): SQSRecord {
  const {
    SenderId = "",
    SentTimestamp = "",
    ApproximateReceiveCount = "1",
    ApproximateFirstReceiveTimestamp = "",
    ...others
  } = message.Attributes ?? {};
  return {
    messageId: message.MessageId ?? "",
    receiptHandle: message.ReceiptHandle ?? "",
    body: message.Body ?? "",
    attributes: {
      ApproximateReceiveCount,
      SentTimestamp,
      SenderId,
      ApproximateFirstReceiveTimestamp,
      ...others,
    },
    messageAttributes: messageAttributes(message.MessageAttributes ?? {}),
    md5OfBody: message.MD5OfBody ?? "",
    eventSource: "aws:sqs",
    eventSourceARN: queueArn,
    awsRegion: LOCAL_REGION,
  };
}

function messageAttributes(attributes: NonNullable<Message["MessageAttributes"]>): SQSMessageAttributes {
  const mapped = Object.entries(attributes).map(([name, { StringValue, BinaryValue, DataType }]) => [
    name,
    {
      dataType: DataType ?? "String",
      ...(StringValue === undefined ? {} : { stringValue: StringValue }),
      ...(BinaryValue === undefined ? {} : { binaryValue: Buffer.from(BinaryValue).toString("base64") }),
    },
  ]);
  return Object.fromEntries(mapped);
}

const batchResponse = z.looseObject({
  batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish(),
});

/**
 * Ids of the messages of a batch that a function's response leaves in the queue, by Lambda's rules: nothing, null, `{}`
 * and an empty list mean that all succeeded; a response that cannot be read, or an id that is not in the batch, means
 * that all failed.
 */
export function failedMessageIds(payload: unknown, messageIds: readonly string[]): ReadonlySet<string> {
  if (payload === null || payload === undefined) return new Set();
  const response = batchResponse.safeParse(payload);
  if (!response.success) return new Set(messageIds);
  const failed = (response.data.batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier);
  return new Set(failed.every((id) => messageIds.includes(id)) ? failed : messageIds);
}
