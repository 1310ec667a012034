import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { Stack } from "aws-cdk-lib";
import { Queue } from "aws-cdk-lib/aws-sqs";

import { createApp } from "../../infra/create-app.ts";

let outdir: string;
beforeEach(() => {
  outdir = mkdtempSync(path.join(tmpdir(), "backline-app-"));
});
afterEach(() => {
  rmSync(outdir, { recursive: true, force: true });
});

it("a finding of cdk-nag that nobody acknowledged stops the synth", () => {
  const app = createApp(outdir);
  new Queue(new Stack(app, "Unsafe"), "QueueWithoutTls");
  expect(() => app.synth()).toThrow(/AwsSolutions-SQS4/);
});

it("an app without findings is synthesised", () => {
  const app = createApp(outdir);
  const stack = new Stack(app, "Safe");
  const deadLetterQueue = { queue: new Queue(stack, "DeadLetters", { enforceSSL: true }), maxReceiveCount: 5 };
  new Queue(stack, "Queue", { enforceSSL: true, deadLetterQueue });
  expect(app.synth().stacks.map(({ stackName }) => stackName)).toEqual(["Safe"]);
});
