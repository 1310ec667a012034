import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, describe, expect, it } from "@jest/globals";

import { DynamoJobStore } from "../../shared/aws/dynamo-job-store.ts";
import { DynamoRecordStore } from "../../shared/aws/dynamo-record-store.ts";
import { SqsDeadLetters } from "../../shared/aws/sqs-dead-letters.ts";
import { SqsJobQueue } from "../../shared/aws/sqs-job-queue.ts";
import { systemClock } from "../../shared/aws/system-ports.ts";
import { editPayload } from "../../shared/engine/control/edit-payload.ts";
import { planBulk } from "../../shared/engine/control/plan-bulk.ts";
import { resumeBulk, runBulk, type BulkPorts } from "../../shared/engine/control/run-bulk.ts";
import { openDynaliteTables } from "../support/dynalite-tables.ts";
import { describeDeadLetterQueue } from "../support/dead-letter-queue-suite.ts";
import { FailingJobs, parcel } from "../support/failing-jobs.ts";
import { faultyPorts, killAt } from "../support/faulty-ports.ts";
import { startTestFront } from "../support/local-front.ts";
import { MemoryDeadLetters } from "../support/memory-dead-letters.ts";
import { MemoryJobQueue } from "../support/memory-job-queue.ts";
import { ProcessDied } from "../support/simulation.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const front = await startTestFront();
const tables = await openDynaliteTables();
afterAll(async () => {
  await tables.close();
  await front[Symbol.asyncDispose]();
});

describeDeadLetterQueue("memory", async () => {
  const clock = new VirtualClock();
  const queue = new MemoryJobQueue(clock);
  return {
    deadLetters: new MemoryDeadLetters(queue, clock),
    put: (type, body) => queue.deadLetter(type, body),
  };
});

let installations = 0;

/** Queues of an installation of its own. */
async function openQueues(...types: string[]) {
  installations += 1;
  const prefix = `test${installations}-`;
  for (const type of types) {
    for (const name of [type, `${type}-dlq`]) await front.createQueue(prefix + name);
  }
  const { sqs } = front.clients();
  const urlPrefix = `https://sqs.us-east-1.amazonaws.com/000000000000/${prefix}`;
  const put = async (type: string, MessageBody: string) => {
    await sqs.send(new SendMessageCommand({ QueueUrl: `${urlPrefix}${type}-dlq`, MessageBody }));
  };
  return { queue: new SqsJobQueue(sqs, urlPrefix), deadLetters: new SqsDeadLetters(sqs, urlPrefix), put };
}

describeDeadLetterQueue("SQS", () => openQueues("one", "other"));

describe("a replay over the AWS adapters", () => {
  it("restarts what matches once over a kill, keeps its record, and tidies the DLQ", async () => {
    const world = new FailingJobs();
    await world.fail(4);
    const store = new DynamoJobStore(tables.documents, "jobs");
    const { queue, deadLetters, put } = await openQueues("parcel");
    for (const job of world.simulation.store.jobs()) {
      await store.create(job);
      await put("parcel", JSON.stringify({ v: 1, type: "parcel", id: job.id, run: 2, error: job.error?.code }));
    }
    await put("parcel", "not json");
    const ports: BulkPorts = {
      ...world.ports,
      store,
      queue,
      deadLetters,
      records: new DynamoRecordStore(tables.documents, "records"),
      // As late as the rows say that they failed.
      clock: {
        now: () => world.simulation.clock.now(),
        after: (delayMs, action) => systemClock.after(delayMs, action),
      },
    };
    const filter = { types: ["parcel"], errorCodes: ["CRM_DOWN", "MAIL_UNKNOWN"], tenants: ["shop-a"] };
    await expect(planBulk(ports, { action: "replay", filter })).resolves.toMatchObject({
      jobs: 4,
      effects: [{ effect: "mail", done: 2, mayRepeat: 2 }],
    });
    const request = { id: "replay-1", action: "replay", filter, by: "ada", perSecond: 1_000 } as const;
    await expect(runBulk(faultyPorts(ports, killAt("store.apply", 3, "after")), request)).rejects.toThrow(ProcessDied);
    const done = await resumeBulk(ports, "replay-1");
    expect(done).toMatchObject({ status: "done", counts: { matched: 4, restarted: 4 }, lettersRemoved: 4 });
    await expect(deadLetters.depth("parcel")).resolves.toBe(17);
    const rows = await store.getMany(world.simulation.store.jobs().map(({ id }) => id));
    expect(rows.filter(({ run }) => run === 2).map(({ status, tenant }) => `${status} ${tenant}`)).toEqual(
      Array.from({ length: 4 }, () => "pending shop-a"),
    );
    await expect(planBulk(ports, { action: "replay", filter })).resolves.toMatchObject({ jobs: 0 });
    await expect(planBulk(ports, { action: "cancel", filter })).resolves.toMatchObject({ jobs: 4 });

    const edited = rows.find(({ status }) => status === "failed");
    const payload = { failure: "NO_STOCK", to: "grace" };
    await editPayload(ports, parcel, edited?.id ?? "", payload, "ada");
    await expect(store.get(edited?.id ?? "")).resolves.toMatchObject({ payload, edits: [{ by: "ada" }] });
  });
});
