import { describe, expect, it } from "@jest/globals";

import { jobText } from "../../cli/job-text.ts";
import { json, plain, table, wrapped } from "../../cli/layout.ts";
import type { Job } from "../../shared/job/job.ts";
import { aRow } from "../support/job-rows.ts";
import { START } from "../support/virtual-clock.ts";

const row: Job = {
  ...aRow({ id: "greeting-1", status: "failed", at: START + 9_000, errorCode: "OUT_OF_INK" }),
  epoch: 3,
  run: 2,
  history: [
    { run: 1, epoch: 2, attempt: 2, from: START + 3_000, to: START + 5_500, ending: "fail", code: "OUT_OF_INK" },
  ],
  edits: [{ by: "ada", at: START + 6_000, hashBefore: "a1", hashAfter: "b2" }],
  progress: { done: 3, total: 12, note: "page 3", at: START + 8_000 },
  lines: [{ at: START + 4_000, level: "warn", message: `The printer is ${"very ".repeat(25)}slow.` }],
  steps: { pdf: { at: START, json: "{}" } },
  effects: {
    mail: {
      intent: {
        token: "t",
        epoch: 2,
        at: START + 4_000,
        onUnknown: "resend",
        what: "Invoice 7",
        to: "zoe@example.com",
      },
      receipt: { id: "ses-2", at: START + 5_000, source: "found" },
      earlier: [{ at: START + 1_000, epoch: 1 }],
    },
  },
};
const reports = [{ jobId: "greeting-1", effect: "mail", messageId: "ses-2", eventType: "Delivery", at: START + 7_000 }];

describe("a job as a person reads it", () => {
  it("has everything there is to know, and no payload", () => {
    expect(jobText(row, "It is so.", reports)).toBe(`greeting-1  failed
It is so.

type         greeting
tenant       default
run          2
enqueued     2026-01-01T00:00:00Z
changed      2026-01-01T00:00:09Z
progress     3 of 12, 25 %: page 3 (2026-01-01T00:00:08Z)
steps done   pdf
correlation  correlation
kept until   2027-01-02T00:00:00Z

Timeline
2026-01-01T00:00:00Z  enqueued
                      attempt 1 (claim 1): ended without a word, between 2026-01-01T00:00:00Z and 2026-01-01T00:00:03Z
2026-01-01T00:00:03Z  attempt 2 (claim 2): failed for good with OUT_OF_INK after 2 seconds
2026-01-01T00:00:06Z  ada changed the payload (a1 → b2)
                      replayed: run 2 begins

Effects
mail: done, Invoice 7 to zoe@example.com
  2026-01-01T00:00:04Z  sent
  2026-01-01T00:00:05Z  receipt ses-2 (found afterwards)
  2026-01-01T00:00:01Z  an earlier send, by claim 1: outcome unknown
  2026-01-01T00:00:07Z  reported: Delivery of ses-2

Log
2026-01-01T00:00:04Z  warn   The printer is very very very very very very very very very very very very very very very
                      very very very very very very very very very very slow.

Last error
2026-01-01T00:00:09Z  OUT_OF_INK: It says OUT_OF_INK.`);
  });
});

describe("what others wrote", () => {
  const evil = "a\u001B[2Jb\r\n\u009Bc";

  it("moves no cursor and begins no line", () => {
    expect(plain(evil)).toBe("a [2Jb c");
    expect(table([{ title: "x", text: () => evil }], [1])).toBe("X\na [2Jb c");
    const named = {
      ...row,
      lines: [{ at: START, level: "info", message: evil }],
      error: { code: evil, message: "", at: START },
    } as Job;
    const text = jobText(named, "It is so.", []);
    expect(text).toContain("info   a [2Jb c\n");
    expect(text.endsWith("Last error\n2026-01-01T00:00:00Z  a [2Jb c")).toBe(true);
    expect(text.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  });

  it("is escaped in JSON, and stays the same value", () => {
    expect(json({ evil })).not.toMatch(/[^\P{Cc}\n]/u);
    expect(JSON.parse(json({ evil }))).toEqual({ evil });
  });
});

describe("a table", () => {
  it("is aligned, and cuts what may be cut to stay within 120 columns", () => {
    const columns = [
      { title: "jobs", text: (each: string) => String(each.length), isNumber: true },
      { title: "code", text: (each: string) => each, leastWidth: 10 },
      { title: "id", text: () => "x".repeat(100) },
    ];
    const lines = table(columns, ["SHORT", "A_LONG_CODE_OF_AN_ERROR"]).split("\n");
    expect(lines).toEqual([
      `JOBS  CODE          ID`,
      `   5  SHORT         ${"x".repeat(100)}`,
      `  23  A_LONG_CODE…  ${"x".repeat(100)}`,
    ]);
  });
});

describe("a wrapped line", () => {
  it("breaks at spaces, never within a word, and keeps what it begins with", () => {
    const id = "x".repeat(150);
    expect(wrapped(`    ${id} and ${id}`, 4)).toBe(`    ${id}\n    and\n    ${id}`);
  });
});
