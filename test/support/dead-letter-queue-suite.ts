import { describe, expect, it } from "@jest/globals";

import type { DeadLetter, DeadLetterQueue } from "../../shared/ports/dead-letter-queue.ts";

export interface DeadLetterQueueUnderTest {
  readonly deadLetters: DeadLetterQueue;
  /** Puts a body into the DLQ of a type. */
  readonly put: (type: string, body: string) => Promise<void>;
}

const options = { max: 10, hideSeconds: 60 };

/** What every `DeadLetterQueue` does. Each test has DLQs of its own, of the types `one` and `other`. */
export function describeDeadLetterQueue(name: string, open: () => Promise<DeadLetterQueueUnderTest>): void {
  describe(`a DLQ in ${name}`, () => {
    it("brings each message once, as it was put, and ten at most", async () => {
      const { deadLetters, put } = await open();
      const bodies = Array.from({ length: 23 }, (_, index) => `{"letter":${index}}`);
      for (const body of bodies) await put("one", body);
      await put("other", "another queue's");
      const received = await receiveAll(deadLetters);
      expect(received.map(({ body }) => body).toSorted()).toEqual(bodies.toSorted());
      expect(new Set(received.map(({ handle }) => handle)).size).toBe(23);
    });

    it("shows a released message again, and no deleted one", async () => {
      const { deadLetters, put } = await open();
      for (const body of ["a", "b", "c"]) await put("one", body);
      const [first, second] = await receiveAll(deadLetters);
      if (first === undefined || second === undefined) throw new Error("Nothing was received.");
      await deadLetters.delete("one", first.handle);
      await deadLetters.release("one", second.handle);
      const again = await receiveAll(deadLetters);
      expect(again.map(({ body }) => body)).toEqual([second.body]);
    });

    it("counts what waits to be received", async () => {
      const { deadLetters, put } = await open();
      await expect(deadLetters.depth("one")).resolves.toBe(0);
      for (const body of ["a", "b"]) await put("one", body);
      await expect(deadLetters.depth("one")).resolves.toBe(2);
    });
  });
}

/** A receive may bring nothing while there is something. */
async function receiveAll(deadLetters: DeadLetterQueue): Promise<DeadLetter[]> {
  const received: DeadLetter[] = [];
  for (let empty = 0; empty < 2;) {
    const some = await deadLetters.receive("one", options);
    expect(some.length).toBeLessThanOrEqual(10);
    received.push(...some);
    empty = some.length === 0 ? empty + 1 : 0;
  }
  return received;
}
