import { describe, expect, test } from "@jest/globals";

import { matchesPattern } from "../../local/events/event-pattern.ts";
import { readPath, transformInput } from "../../local/events/input-transformer.ts";
import { EventBus } from "../../local/events/event-bus.ts";

const event = {
  source: "aws.ses",
  "detail-type": "Email Sent",
  id: "e1",
  detail: { mail: { tags: { job: ["j1"], "ses:configuration-set": ["backline"] }, size: 3 }, note: 'say "hi" <b>\n' },
};

describe("an event pattern", () => {
  test.each<[string, object, boolean]>([
    ["matches an exact value", { source: ["aws.ses"] }, true],
    ["matches one of several values", { "detail-type": ["Email Delivered", "Email Sent"] }, true],
    ["refuses another value", { source: ["aws.s3"] }, false],
    ["needs every field", { source: ["aws.ses"], "detail-type": ["Email Bounced"] }, false],
    ["matches a nested field that exists", { detail: { mail: { tags: { job: [{ exists: true }] } } } }, true],
    ["refuses a nested field that is missing", { detail: { mail: { tags: { effect: [{ exists: true }] } } } }, false],
    ["matches a missing field with exists: false", { detail: { mail: { cc: [{ exists: false }] } } }, true],
    ["refuses when a whole branch is missing", { detail: { bounce: { type: [{ exists: true }] } } }, false],
    [
      "matches an item of an array in the event",
      { detail: { mail: { tags: { "ses:configuration-set": ["backline"] } } } },
      true,
    ],
    ["matches a prefix", { source: [{ prefix: "aws." }] }, true],
    ["refuses another prefix", { source: [{ prefix: "com." }] }, false],
    ["matches a suffix", { source: [{ suffix: ".ses" }] }, true],
    ["matches anything but", { source: [{ "anything-but": ["aws.s3"] }] }, true],
    ["compares numbers as numbers", { detail: { mail: { size: ["3"] } } }, false],
  ])("%s", (_name, pattern, expected) => {
    expect(matchesPattern(event, pattern)).toBe(expected);
  });

  test("with a comparison that is not known is an error, not a match", () => {
    expect(() => matchesPattern(event, { source: [{ wildcard: "*" }] })).toThrow("wildcard");
  });
});

describe("an input transformer", () => {
  const transform = (InputTemplate: string, InputPathsMap: Record<string, string>) =>
    transformInput(event, { InputTemplate, InputPathsMap });

  test("puts JSON in for a variable outside quotes, strings with their own", () => {
    const paths = { id: "$.id", tags: "$.detail.mail.tags", "size-of": "$.detail.mail.size" };
    expect(JSON.parse(transform('{"id":<id>,"tags":<tags>,"size":<size-of>}', paths))).toEqual({
      id: "e1",
      tags: { job: ["j1"], "ses:configuration-set": ["backline"] },
      size: 3,
    });
  });

  test("escapes what it puts into a string literal", () => {
    expect(JSON.parse(transform('{"text":"note: <note>"}', { note: "$.detail.note" }))).toEqual({
      text: 'note: say "hi" <b>\n',
    });
  });

  test("does not replace a variable inside a value that it put in", () => {
    const looksLikeOne = { id: "<other>", other: "x" };
    const template = { InputTemplate: '{"id":<id>}', InputPathsMap: { id: "$.id", other: "$.other" } };
    expect(transformInput(looksLikeOne, template)).toBe('{"id":"<other>"}');
  });

  test("leaves what it does not know", () => {
    expect(transform('{"a":"<b>"}', {})).toBe('{"a":"<b>"}');
  });
});

describe("a JSON path", () => {
  test.each<[string, unknown]>([
    ["$.detail.mail.tags.job[0]", "j1"],
    ["$.detail.mail.tags['ses:configuration-set'][0]", "backline"],
    ["$.detail.mail.cc.address", undefined],
    ["$.detail.mail.tags.job[1]", undefined],
  ])("%s", (path, expected) => {
    expect(readPath(event, path)).toBe(expected);
  });

  test("with a wildcard is an error", () => {
    expect(() => readPath(event, "$.detail.*")).toThrow("$.detail.*");
  });
});

describe("the event bus", () => {
  const rule = (logicalId: string, targets: string[]) => ({
    logicalId,
    name: logicalId,
    arn: logicalId,
    properties: {
      EventPattern: { source: ["test"] },
      State: "ENABLED" as const,
      Targets: targets.map((Arn) => ({ Arn })),
    },
  });

  test("delivers to the other targets when one fails, and says so", async () => {
    const delivered: string[] = [];
    const bus = new EventBus([rule("a", ["bad"]), rule("b", ["good"])], async (arn) => {
      if (arn === "bad") throw new Error("no such queue");
      delivered.push(arn);
    });
    const published = bus.publish({
      source: "test",
      detailType: "T",
      at: new Date("2026-11-22T08:00:00.123Z"),
      detail: {},
    });
    await expect(published).rejects.toThrow("1 of 2 targets");
    expect(delivered).toEqual(["good"]);
  });

  test("gives the time in whole seconds, as EventBridge does", async () => {
    let input = "";
    const bus = new EventBus([rule("a", ["x"])], async (_arn, text) => void (input = text));
    await bus.publish({ source: "test", detailType: "T", at: new Date("2026-11-22T08:00:00.123Z"), detail: {} });
    expect(JSON.parse(input)).toMatchObject({ time: "2026-11-22T08:00:00Z", "detail-type": "T", region: "us-east-1" });
  });
});
