import { setImmediate } from "node:timers/promises";

import { describe, expect, it } from "@jest/globals";

import { DeadLetterWatch } from "../../shared/engine/dead-letter-watch.ts";
import { MemoryDeadLetters } from "../support/memory-dead-letters.ts";
import { MemoryJobQueue } from "../support/memory-job-queue.ts";
import { MemoryLog } from "../support/simulation.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const at = (time: string) => Date.parse(`2026-03-01T${time}Z`);

/** Three types whose DLQs hold what a test puts there. */
class World {
  readonly clock = new VirtualClock(at("12:00:30"));
  readonly queue = new MemoryJobQueue(this.clock);
  readonly log = new MemoryLog();
  readonly looks: string[] = [];
  broken = "";
  mostAtOnce = 0;
  #atOnce = 0;
  readonly #deadLetters = new MemoryDeadLetters(this.queue, this.clock);

  watch(types = ["invoice_email", "order_status", "cleanup"]): DeadLetterWatch {
    const deadLetters = { depth: (type: string) => this.#depth(type) };
    return new DeadLetterWatch({ deadLetters, types, clock: this.clock, log: this.log });
  }

  async #depth(type: string): Promise<number> {
    this.looks.push(type);
    this.#atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
    const depth = await this.#deadLetters.depth(type);
    await setImmediate(); // whoever else asks now has begun by then
    this.#atOnce -= 1;
    if (type === this.broken) throw new Error("The queue does not exist.");
    return depth;
  }
}

describe("the watch over the dead-letter queues", () => {
  it("counts the messages of all of them, and logs a line for each type that has some", async () => {
    const world = new World();
    for (const type of ["cleanup", "invoice_email", "invoice_email"]) await world.queue.deadLetter(type, "{}");
    await expect(world.watch().look()).resolves.toBe(3);
    expect(world.log.lines).toEqual([
      { level: "warn", message: "Dead letters wait.", fields: { jobType: "invoice_email", count: 2 } },
      { level: "warn", message: "Dead letters wait.", fields: { jobType: "cleanup", count: 1 } },
    ]);
  });

  it("says nothing while all are empty", async () => {
    const world = new World();
    await expect(world.watch().look()).resolves.toBe(0);
    expect(world.log.lines).toEqual([]);
  });

  it("looks once in each five minutes of the clock, also when no tick comes in the fifth minute itself", async () => {
    const world = new World();
    const watch = world.watch(["cleanup"]);
    const looksAt = async (time: string) => {
      world.clock.advanceTo(at(time));
      const before = world.looks.length;
      await watch.look();
      return world.looks.length - before;
    };
    await expect(looksAt("12:00:30")).resolves.toBe(1);
    await expect(looksAt("12:01:30")).resolves.toBe(0);
    await expect(looksAt("12:04:59.999")).resolves.toBe(0);
    await expect(looksAt("12:06:00")).resolves.toBe(1);
    await expect(looksAt("12:09:59")).resolves.toBe(0);
    await expect(looksAt("12:10:00")).resolves.toBe(1);
  });

  it("logs a queue that it cannot read, and counts the others", async () => {
    const world = new World();
    await world.queue.deadLetter("cleanup", "{}");
    world.broken = "invoice_email";
    await expect(world.watch().look()).resolves.toBe(1);
    expect(world.log.lines).toEqual([
      {
        level: "error",
        message: "A dead-letter queue cannot be read.",
        fields: { jobType: "invoice_email", errorCode: "Error", thrown: new Error("The queue does not exist.") },
      },
      { level: "warn", message: "Dead letters wait.", fields: { jobType: "cleanup", count: 1 } },
    ]);
  });

  it("asks ten queues at a time", async () => {
    const world = new World();
    await world.watch(Array.from({ length: 33 }, (_, index) => `type_${index}`)).look();
    expect(world.looks).toHaveLength(33);
    expect(world.mostAtOnce).toBe(10);
  });
});
