import { Logger } from "@aws-lambda-powertools/logger";
import { describe, expect, jest, test } from "@jest/globals";

import { banner } from "../../local/banner.ts";
import { consoleLine } from "../../local/console-line.ts";
import { BacklineError } from "../../shared/errors/backline-error.ts";
import type { LogFields } from "../../shared/ports/log.ts";
import { PowertoolsLog } from "../../shared/telemetry/powertools-log.ts";

const lineOf = (text: string) =>
  consoleLine({ at: new Date(2026, 10, 22, 8, 0, 0), functionName: "backline-invoice_email", pid: 1, text });

/** The line that a function's own log writes for an error. */
function loggedError(thrown: unknown, fields: LogFields = {}): string {
  const logger = new Logger({ serviceName: "test", logLevel: "INFO" });
  let written = "";
  const write = jest.spyOn(Reflect.get(logger, "console"), "error").mockImplementation((text: unknown) => {
    written = String(text);
  });
  new PowertoolsLog(logger).error("Attempt failed.", thrown, fields);
  write.mockRestore();
  return written;
}

describe("a line on the console", () => {
  test("is the message of a JSON log line with the fields that matter", () => {
    const text = JSON.stringify({
      level: "INFO",
      message: "Job completed",
      timestamp: "x",
      service: "y",
      jobId: "j1",
      attempt: 2,
    });
    expect(lineOf(text)).toBe("08:00:00  backline-invoice_email     INFO  Job completed jobId=j1 attempt=2");
  });

  test("says why a job failed: an error of ours by its code and message, without its stack", () => {
    const ours = new BacklineError("SELLER_MISSING", "No seller is stored. Run npm run seller.");
    expect(lineOf(loggedError(ours, { jobId: "j1" }))).toBe(
      "08:00:00  backline-invoice_email     ERROR Attempt failed. jobId=j1 " +
        "SELLER_MISSING: No seller is stored. Run npm run seller.",
    );
  });

  test("says what caused an error of ours", () => {
    const ours = new BacklineError("MAIL_REFUSED", "SES refused the mail.", { cause: new TypeError("no socket") });
    const [first, second, third] = lineOf(loggedError(ours))?.split("\n") ?? [];
    expect(first).toMatch(/MAIL_REFUSED: SES refused the mail\.$/);
    expect(second).toMatch(/^ +Caused by: TypeError: no socket$/);
    expect(third).toMatch(/^ +at .*local-console\.test\.ts/);
  });

  test("shows where an error that is not ours comes from, on a few lines of their own", () => {
    const [first, second, ...others] = lineOf(loggedError(new TypeError("two\nlines")))?.split("\n") ?? [];
    expect(first).toBe("08:00:00  backline-invoice_email     ERROR Attempt failed. TypeError: two lines");
    expect(second).toMatch(/^ {10}at .*local-console\.test\.ts/);
    expect(others.length).toBeLessThan(5);
    for (const line of others) expect(line).toMatch(/^ {10}at /);
  });

  test("tells how an invocation failed, as the host writes it", () => {
    const message = "RequestId: r Error: Runtime exited with error: SIGKILL";
    const text = JSON.stringify({
      level: "ERROR",
      message: "Invocation failed.",
      error: { kind: "crashed", name: "Runtime.ExitError", message },
    });
    expect(lineOf(text)).toBe(
      `08:00:00  backline-invoice_email     ERROR Invocation failed. Runtime.ExitError: ${message}`,
    );
  });

  test("is none for a metric", () => {
    expect(lineOf(JSON.stringify({ _aws: { Timestamp: 1, CloudWatchMetrics: [] }, JobCompleted: 1 }))).toBeUndefined();
  });

  test("cannot drive the terminal, nor can a stack", () => {
    expect(lineOf("\u001B[2Jgone")).toContain("?[2Jgone");
    const failure = { code: "Error", message: "no", stack: "Error: no\n    at \u001B[2J (a.js:1:1)" };
    expect(lineOf(JSON.stringify({ level: "ERROR", message: "Failed", failure }))).toContain("at ?[2J (a.js:1:1)");
  });
});

test("the banner suggests a start that works while this stack holds its ports", () => {
  const url = "http://127.0.0.1:4000";
  const endpoints = { dynamodb: url, sqs: url, s3: url, ses: url };
  // Only the addresses that the banner shows matter here.
  const environment = {
    AWS_ENDPOINT_URL: url,
    JOBS_TABLE: "jobs",
    RECORDS_TABLE: "records",
    QUEUE_URL_PREFIX: `${url}/`,
  };
  const info = { api: url, mailbox: url, endpoints, environment, cronSecret: "abc" } as unknown as Parameters<
    typeof banner
  >[0]["info"];
  const text = banner({ info, notices: [], startedInMs: 1, chaosSeed: undefined });
  expect(text).toContain("npm start -- --port 0 --json");
  expect(text).toContain("export JOBS_TABLE=jobs RECORDS_TABLE=records");
  expect(text).toContain(`curl -H "Authorization: Bearer abc" "${url}/api/cron/cleanup?dryRun=true"`);
});
