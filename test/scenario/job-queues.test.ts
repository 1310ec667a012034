import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
  type Message,
} from "@aws-sdk/client-sqs";
import { jest } from "@jest/globals";
import { buildApp } from "fauxqs";
import type { AddressInfo } from "node:net";

import { SqsJobQueue } from "../../shared/aws/sqs-job-queue.ts";
import { describeJobQueue, VISIBILITY_SECONDS, type OpenedQueue } from "../support/job-queue-suite.ts";
import { MemoryJobQueue } from "../support/memory-job-queue.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

describeJobQueue("MemoryJobQueue", () => {
  const clock = new VirtualClock();
  const queue = new MemoryJobQueue(clock);
  return Promise.resolve({
    queue,
    receive: () => {
      const message = queue.receive(VISIBILITY_SECONDS, "greeting");
      return Promise.resolve(message && { ...message });
    },
    delete: (handle) => Promise.resolve(queue.delete(handle)),
    deadLetters: () => Promise.resolve(queue.deadLetters.map(({ body }) => body)),
    pass: (seconds) => Promise.resolve(clock.advance(seconds * 1000)),
    close: () => Promise.resolve(),
  });
});

const ALL_BUT_DATE = [
  "hrtime",
  "nextTick",
  "performance",
  "queueMicrotask",
  "setImmediate",
  "clearImmediate",
  "setInterval",
  "clearInterval",
  "setTimeout",
  "clearTimeout",
] as const;

/** fauxqs finds a queue by the last part of a URL whose host names no region. */
const URL_PREFIX = "http://queue/000000000000/backline-";

describeJobQueue("SqsJobQueue on an SQS emulator", async (): Promise<OpenedQueue> => {
  // The emulator runs in this process, and asks `Date` alone what time it is.
  jest.useFakeTimers({ now: Date.now(), doNotFake: [...ALL_BUT_DATE] });
  const app = buildApp({ logger: false, defaultRegion: "us-east-1" });
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo; // a TCP server's address is an object
  const client = new SQSClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    useQueueUrlAsEndpoint: false,
  });
  const Attributes = { VisibilityTimeout: String(VISIBILITY_SECONDS) };
  for (const name of ["greeting", "greeting-dlq"]) {
    await client.send(new CreateQueueCommand({ QueueName: `backline-${name}`, Attributes }));
  }
  const receiveFrom = async (name: string, most: number): Promise<Message[]> => {
    const command = new ReceiveMessageCommand({
      QueueUrl: URL_PREFIX + name,
      MaxNumberOfMessages: most,
      MessageSystemAttributeNames: ["ApproximateReceiveCount"],
    });
    return (await client.send(command)).Messages ?? [];
  };
  return {
    queue: new SqsJobQueue(client, URL_PREFIX),
    receive: async () => {
      const [message] = await receiveFrom("greeting", 1);
      if (message === undefined) return undefined;
      const { Body = "", ReceiptHandle = "", Attributes: attributes } = message;
      return { body: Body, handle: ReceiptHandle, receiveCount: Number(attributes?.ApproximateReceiveCount) };
    },
    delete: async (ReceiptHandle) => {
      await client.send(new DeleteMessageCommand({ QueueUrl: `${URL_PREFIX}greeting`, ReceiptHandle }));
    },
    deadLetters: async () => (await receiveFrom("greeting-dlq", 10)).map(({ Body = "" }) => Body),
    pass: (seconds) => {
      jest.setSystemTime(Date.now() + seconds * 1000);
      return Promise.resolve();
    },
    close: async () => {
      client.destroy();
      await app.close();
      jest.useRealTimers();
    },
  };
});
