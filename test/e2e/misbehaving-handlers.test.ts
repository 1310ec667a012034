import { fileURLToPath } from "node:url";

import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { ReceiveMessageCommand, SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { startRuntime, type Runtime } from "../../local/runtime.ts";
import { jobIdFor } from "../../shared/engine/new-job.ts";
import { waitForFact } from "../support/facts.ts";
import { misbehavingCatalog } from "./support/misbehaving/catalog.ts";

/** A job's row, as far as this test looks at it. */
interface Row {
  readonly status: string;
  readonly attempts: number;
  readonly error?: { readonly code: string; readonly message: string };
}

let runtime: Runtime;
let sqs: SQSClient;
let dynamodb: DynamoDBClient;

beforeAll(async () => {
  const functionsDir = fileURLToPath(new URL("support/misbehaving/functions", import.meta.url));
  runtime = await startRuntime({
    synthesis: { catalog: misbehavingCatalog, functionsDir, rules: "none" },
    timeScale: 1 / 30,
    quiet: true,
    print: () => {},
  });
  const { endpoints, region, credentials } = runtime.info;
  sqs = new SQSClient({ endpoint: endpoints.sqs, region, credentials });
  dynamodb = new DynamoDBClient({ endpoint: endpoints.dynamodb, region, credentials });
}, 60_000);
afterAll(async () => {
  sqs.destroy();
  dynamodb.destroy();
  await runtime.stop();
}, 20_000);

/** Enqueues jobs of a type with one request, as EventBridge would one by one; gives their ids. */
async function enqueue(type: string, behaviours: readonly string[]): Promise<string[]> {
  const events = behaviours.map((behaviour, index) => ({ id: `${behaviour}-${index}`, data: { behaviour } }));
  const Entries = events.map((event, index) => ({
    Id: String(index),
    MessageBody: JSON.stringify({ v: 1, type, event }),
  }));
  await sqs.send(new SendMessageBatchCommand({ QueueUrl: runtime.info.queues[type], Entries }));
  return events.map(({ id }) => jobIdFor(type, id));
}

async function rowOf(id: string): Promise<Row | undefined> {
  const Key = { id: { S: id } };
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: runtime.info.tables["jobs"], Key, ConsistentRead: true }),
  );
  return Item === undefined ? undefined : (unmarshall(Item) as Row);
}

const endOf = (id: string) =>
  waitForFact(
    `the end of ${id}`,
    async () => {
      const row = await rowOf(id);
      return row?.status === "completed" || row?.status === "failed" ? row : undefined;
    },
    80_000,
  );

/** The dead letters of a type, each once: two messages for a job that has failed may both bring its dead letter. */
async function deadLettersOf(type: string): Promise<unknown[]> {
  return waitForFact(`a dead letter of ${type}`, async () => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: runtime.info.queues[`${type}-dlq`], MaxNumberOfMessages: 10 }),
    );
    const bodies = new Set(Messages.map(({ Body = "" }) => Body));
    return bodies.size === 0 ? undefined : [...bodies].map((body): unknown => JSON.parse(body));
  });
}

const logOf = (type: string) => runtime.logs(`backline-${type}`).map(({ text }) => text);

const MISBEHAVIOURS = [
  { type: "busy_loop", code: "CRASH_LOOP", trace: "Task timed out" },
  { type: "process_exit", code: "CRASH_LOOP", trace: "Runtime.ExitError" },
  { type: "out_of_memory", code: "CRASH_LOOP", trace: "JavaScript heap out of memory" },
  { type: "late_return", code: "TIMEOUT", trace: '"why":"deadline"' },
] as const;

describe("a handler that misbehaves", () => {
  const ids = new Map<string, string>();

  beforeAll(async () => {
    for (const { type } of MISBEHAVIOURS) {
      const [id = ""] = await enqueue(type, [type]);
      ids.set(type, id);
    }
  });

  it.each(MISBEHAVIOURS)(
    "$type: has all its attempts counted and lies in the DLQ as $code",
    async ({ type, code, trace }) => {
      const id = ids.get(type) ?? "";
      const row = await endOf(id);
      expect(row).toMatchObject({ status: "failed", attempts: 2, error: { code } });
      expect(await deadLettersOf(type)).toEqual([{ v: 1, type, id, run: 2, error: code }]);
      expect(logOf(type)).toContainEqual(expect.stringContaining(trace));
    },
    90_000,
  );
});

const CROWDS = [
  { type: "busy_loop_in_batch", behaviour: "busy_loop" },
  { type: "process_exit_in_batch", behaviour: "process_exit" },
] as const;

describe("a batch of ten with one whose process dies", () => {
  const crowds = new Map<string, string[]>();

  beforeAll(async () => {
    for (const { type, behaviour } of CROWDS) {
      const behaviours = Array.from({ length: 10 }, (_, index) => (index === 4 ? behaviour : "good"));
      crowds.set(type, await enqueue(type, behaviours));
    }
  });

  it.each(CROWDS)(
    "$type: completes the nine others at their next attempt at the latest",
    async ({ type, behaviour }) => {
      const ids = crowds.get(type) ?? [];
      const rows = new Map(await Promise.all(ids.map(async (id) => [id, await endOf(id)] as const)));
      const culprit = ids.find((id) => id.includes(`-${behaviour}-`)) ?? "";
      expect(rows.get(culprit)).toMatchObject({ status: "failed", attempts: 2, error: { code: "CRASH_LOOP" } });
      rows.delete(culprit);
      const attempts = [...rows.values()].map((row) => row.attempts);
      expect([...rows.values()].map(({ status }) => status)).toEqual(Array.from({ length: 9 }, () => "completed"));
      // Some lost the attempt that they made beside it: had it come alone, this test would say nothing.
      expect(Math.max(...attempts)).toBe(2);
      expect(await deadLettersOf(type)).toEqual([{ v: 1, type, id: culprit, run: 2, error: "CRASH_LOOP" }]);
    },
    90_000,
  );
});
