import {
  ChangeMessageVisibilityCommand,
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";

import type { TickMessage } from "../contracts/messages.ts";
import { deadLetterQueueName } from "../contracts/queues.ts";
import { DEFAULT_TENANT } from "../job/tenant.ts";
import type { JobQueue, OutgoingPermit } from "../ports/job-queue.ts";

const BATCH_SIZE = 10; // SQS's limit

/** The job queues in SQS. A queue's URL follows from its type, so that no function needs a list of them. */
export class SqsJobQueue implements JobQueue {
  readonly #client: SQSClient;
  readonly #urlPrefix: string;

  constructor(client: SQSClient, urlPrefix: string) {
    this.#client = client;
    this.#urlPrefix = urlPrefix;
  }

  async send({ permit, tenant, delaySeconds }: OutgoingPermit): Promise<void> {
    await this.#client.send(
      new SendMessageCommand({
        QueueUrl: this.#urlPrefix + permit.type,
        MessageBody: JSON.stringify(permit),
        MessageGroupId: tenant,
        DelaySeconds: delaySeconds,
      }),
    );
  }

  async sendTick(tick: TickMessage): Promise<void> {
    const QueueUrl = this.#urlPrefix + tick.type;
    const MessageBody = JSON.stringify(tick);
    await this.#client.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId: DEFAULT_TENANT }));
  }

  async sendAll(type: string, outgoing: readonly OutgoingPermit[]): Promise<readonly OutgoingPermit[]> {
    const accepted: OutgoingPermit[] = [];
    for (let start = 0; start < outgoing.length; start += BATCH_SIZE) {
      accepted.push(...(await this.#sendBatch(type, outgoing.slice(start, start + BATCH_SIZE))));
    }
    return accepted;
  }

  async deadLetter(type: string, body: string, tenant: string): Promise<void> {
    const QueueUrl = this.#urlPrefix + deadLetterQueueName(type);
    await this.#client.send(new SendMessageCommand({ QueueUrl, MessageBody: body, MessageGroupId: tenant }));
  }

  async hide(type: string, receiptHandle: string, seconds: number): Promise<void> {
    await this.#client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: this.#urlPrefix + type,
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: seconds,
      }),
    );
  }

  async depth(type: string): Promise<number> {
    const { Attributes } = await this.#client.send(
      new GetQueueAttributesCommand({
        QueueUrl: this.#urlPrefix + type,
        AttributeNames: ["ApproximateNumberOfMessages"],
      }),
    );
    return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
  }

  async #sendBatch(type: string, outgoing: readonly OutgoingPermit[]): Promise<OutgoingPermit[]> {
    const { Successful = [] } = await this.#client.send(
      new SendMessageBatchCommand({
        QueueUrl: this.#urlPrefix + type,
        Entries: outgoing.map(({ permit, tenant, delaySeconds }, index) => ({
          Id: String(index),
          MessageBody: JSON.stringify(permit),
          MessageGroupId: tenant,
          DelaySeconds: delaySeconds,
        })),
      }),
    );
    const acceptedIds = new Set(Successful.map(({ Id }) => Id));
    return outgoing.filter((_, index) => acceptedIds.has(String(index)));
  }
}
