import { describe, expect, it } from "@jest/globals";
import * as z from "zod";

import { defineJob, type JobDefinition } from "../../shared/job/define-job.ts";
import { fixed } from "../../shared/job/retry-policy.ts";

interface Cleaning {
  readonly table: string;
  readonly limits: { readonly rows: number };
}

const payload: Cleaning = { table: "orders", limits: { rows: 100 } };
const nightly = { name: "nightly-cleaning", cron: "30 2 * * *", payload };

const declare = (overrides: Partial<JobDefinition<Cleaning>> = {}): JobDefinition<Cleaning> =>
  defineJob({
    type: "cleaning",
    summary: "Cleans up.",
    payload: z.object({ table: z.string(), limits: z.object({ rows: z.int().max(1000) }) }),
    retry: { maxAttempts: 3, backoff: fixed(1000) },
    run: { timeoutSeconds: 30, memoryMb: 256, batchSize: 1 },
    ...overrides,
  });

describe("a job definition's schedules", () => {
  it("are kept as they are when they are right", () => {
    expect(declare({ schedules: [nightly] }).schedules).toEqual([nightly]);
  });

  it("may not have a time table that never fires", () => {
    expect(() => declare({ schedules: [{ ...nightly, cron: "0 2 30 2 *" }] })).toThrow(
      'Job type "cleaning" is not valid: schedule "nightly-cleaning": `cron` "0 2 30 2 *": no month has such a day',
    );
  });

  it("must have a payload of the type's, and a wrong one is named by its path alone", () => {
    const wrong = { ...payload, table: "secret-table", limits: { rows: 4711 } };
    const broken = () => declare({ schedules: [{ ...nightly, payload: wrong }] });
    expect(broken).toThrow(/schedule "nightly-cleaning": `payload`\.limits\.rows: /);
    expect(broken).not.toThrow(/secret-table|4711/);
  });
});

describe("a job definition's example", () => {
  it("must have a payload of the type's", () => {
    expect(() => declare({ example: { payload } })).not.toThrow();
    const wrong = { ...payload, limits: { rows: 0.5 } };
    expect(() => declare({ example: { payload: wrong } })).toThrow(/`example\.payload`\.limits\.rows: /);
  });
});

describe("a job definition's retention", () => {
  it.each([23, 150])("may be %d days", (days) => {
    expect(() => declare({ retentionDays: { completed: days, failed: days } })).not.toThrow();
  });

  it.each([22, 151, 30.5, Number.NaN])("may not be %d days", (days) => {
    expect(() => declare({ retentionDays: { completed: 30, failed: days } })).toThrow(
      'Job type "cleaning" is not valid: `retentionDays.failed` must be a whole number from 23 to 150.',
    );
  });
});

describe("a job definition", () => {
  it("is refused with all that is wrong at once", () => {
    const wrong = { ...payload, limits: { rows: 1001 } };
    const broken = () =>
      declare({
        run: { timeoutSeconds: 0, memoryMb: 256, batchSize: 1 },
        retentionDays: { cancelled: 1 },
        example: { payload: wrong },
        schedules: [
          { ...nightly, timeZone: "Mars/Olympus" },
          { ...nightly, payload: wrong },
        ],
      });
    expect(broken).toThrow(
      /timeoutSeconds.*retentionDays\.cancelled.*example\.payload.*Mars\/Olympus.*`payload`\.limits/,
    );
  });
});
