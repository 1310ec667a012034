import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import type { JobQueue, OutgoingPermit } from "../../shared/ports/job-queue.ts";

export interface ReceivedMessage {
  readonly body: string;
  readonly handle: string;
  readonly receiveCount: number;
}

/** A job queue, what its consumer's poller does with it, and time. Its type `greeting` is empty when it is opened. */
export interface OpenedQueue {
  readonly queue: JobQueue;
  /** Receives one message that is visible now, and hides it for `VISIBILITY_SECONDS`. */
  receive(): Promise<ReceivedMessage | undefined>;
  delete(handle: string): Promise<void>;
  deadLetters(): Promise<readonly string[]>;
  /** Lets time pass. */
  pass(seconds: number): Promise<void>;
  close(): Promise<void>;
}

export const VISIBILITY_SECONDS = 2;

const permitOf = (id: string, delaySeconds = 0): OutgoingPermit => ({
  permit: { v: 1, type: "greeting", id, run: 1 },
  tenant: "default",
  delaySeconds,
});
const idOf = (message: ReceivedMessage | undefined): string | undefined =>
  message === undefined ? undefined : (JSON.parse(message.body) as { id: string }).id;

/** What the engine relies on in any queue of jobs: run by each queue's own test file. */
export function describeJobQueue(name: string, open: () => Promise<OpenedQueue>): void {
  describe(`${name} as a job queue`, () => {
    let opened: OpenedQueue;

    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    it("brings a permit as it was sent, and hides it from others until its visibility ends", async () => {
      await opened.queue.send(permitOf("one"));
      const first = await opened.receive();
      expect(first).toMatchObject({ body: '{"v":1,"type":"greeting","id":"one","run":1}', receiveCount: 1 });
      await expect(opened.receive()).resolves.toBeUndefined();
      await opened.pass(VISIBILITY_SECONDS);
      await expect(opened.receive()).resolves.toMatchObject({ body: first?.body, receiveCount: 2 });
    });

    it("brings a delayed permit when its time has come, not before", async () => {
      await opened.queue.send(permitOf("later", 1));
      await expect(opened.receive()).resolves.toBeUndefined();
      await opened.pass(1);
      expect(idOf(await opened.receive())).toBe("later");
    });

    it("hides a received message for longer, or for nothing", async () => {
      await opened.queue.send(permitOf("one"));
      const received = await opened.receive();
      await opened.queue.hide("greeting", received?.handle ?? "", VISIBILITY_SECONDS + 1);
      await opened.pass(VISIBILITY_SECONDS);
      await expect(opened.receive()).resolves.toBeUndefined();
      await opened.pass(1);
      const again = await opened.receive();
      expect(idOf(again)).toBe("one");
      await opened.queue.hide("greeting", again?.handle ?? "", 0);
      await expect(opened.receive()).resolves.toMatchObject({ receiveCount: 3 });
    });

    it("never brings a deleted message again", async () => {
      await opened.queue.send(permitOf("one"));
      await opened.delete((await opened.receive())?.handle ?? "");
      await opened.pass(VISIBILITY_SECONDS);
      await expect(opened.receive()).resolves.toBeUndefined();
    });

    it("takes more permits at once than one request of SQS holds, and says which it took", async () => {
      const outgoing = Array.from({ length: 23 }, (_, index) => permitOf(`job-${index}`));
      await expect(opened.queue.sendAll("greeting", outgoing)).resolves.toEqual(outgoing);
      const ids = new Set<string | undefined>();
      for (let message = await opened.receive(); message !== undefined; message = await opened.receive()) {
        ids.add(idOf(message));
        await opened.delete(message.handle);
      }
      expect(ids.size).toBe(23);
    });

    it("counts the messages that wait to be received: not those that are hidden or delayed", async () => {
      await opened.queue.sendAll("greeting", [permitOf("one"), permitOf("two"), permitOf("three", 60)]);
      await expect(opened.queue.depth("greeting")).resolves.toBe(2);
      await opened.receive();
      await expect(opened.queue.depth("greeting")).resolves.toBe(1);
    });

    it("keeps dead letters in a queue of their own, as they are", async () => {
      await opened.queue.deadLetter("greeting", "not JSON", "default");
      await expect(opened.receive()).resolves.toBeUndefined();
      await expect(opened.deadLetters()).resolves.toEqual(["not JSON"]);
    });

    it("sends the tick of a schedule as it is", async () => {
      const tick = { v: 1, type: "greeting", tick: { schedule: "nightly", at: "2026-01-01T00:00:00.000Z" } } as const;
      await opened.queue.sendTick(tick);
      expect(JSON.parse((await opened.receive())?.body ?? "")).toEqual(tick);
    });
  });
}
