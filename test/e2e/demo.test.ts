import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { describe, expect, it } from "@jest/globals";

const root = fileURLToPath(new URL("../..", import.meta.url));

describe("npm run demo -- --json", () => {
  it("pays two orders end to end and prints its report, on the second one's invoice, as one JSON object on one line", async () => {
    const { stdout } = await promisify(execFile)("npm", ["run", "--silent", "demo", "--", "--json"], { cwd: root });
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      ok: true,
      job: { id: expect.stringMatching(/^invoice_email-ord_/), status: "completed", attempts: 1 },
      pdf: { pages: 1 },
      email: { to: "zoe@example.com", attachments: 1 },
      calls: { sqs: 1, s3: 1, ses: 1 },
    });
    // Six where the look at the pauses is ten seconds old.
    expect([5, 6]).toContain(report.calls.dynamodb);
    expect([report.pdf.path, report.email.path].map((path: string) => existsSync(path))).toEqual([true, true]);
  }, 120_000);
});
