import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";

import { deadLetterQueueName } from "../contracts/queues.ts";
import type { DeadLetter, DeadLetterQueue } from "../ports/dead-letter-queue.ts";

/** Long polling asks all of SQS's servers; a second is enough, for what is asked for lies there already. */
const WAIT_SECONDS = 1;

/** The dead-letter queues in SQS. */
export class SqsDeadLetters implements DeadLetterQueue {
  readonly #client: SQSClient;
  readonly #urlPrefix: string;

  constructor(client: SQSClient, urlPrefix: string) {
    this.#client = client;
    this.#urlPrefix = urlPrefix;
  }

  async receive(
    type: string,
    { max, hideSeconds }: { readonly max: number; readonly hideSeconds: number },
  ): Promise<readonly DeadLetter[]> {
    const { Messages = [] } = await this.#client.send(
      new ReceiveMessageCommand({
        QueueUrl: this.#urlOf(type),
        MaxNumberOfMessages: max,
        VisibilityTimeout: hideSeconds,
        WaitTimeSeconds: WAIT_SECONDS,
      }),
    );
    return Messages.flatMap(({ ReceiptHandle: handle, Body: body = "" }) =>
      handle === undefined ? [] : [{ handle, body }],
    );
  }

  async release(type: string, handle: string): Promise<void> {
    await this.#client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: this.#urlOf(type),
        ReceiptHandle: handle,
        VisibilityTimeout: 0,
      }),
    );
  }

  async delete(type: string, handle: string): Promise<void> {
    await this.#client.send(new DeleteMessageCommand({ QueueUrl: this.#urlOf(type), ReceiptHandle: handle }));
  }

  async depth(type: string): Promise<number> {
    const { Attributes } = await this.#client.send(
      new GetQueueAttributesCommand({
        QueueUrl: this.#urlOf(type),
        AttributeNames: ["ApproximateNumberOfMessages"],
      }),
    );
    return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
  }

  #urlOf(type: string): string {
    return this.#urlPrefix + deadLetterQueueName(type);
  }
}
