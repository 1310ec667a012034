import { describe, expect, it } from "@jest/globals";

import { checkCatalog } from "../../infra/check-catalog.ts";
import { catalog } from "../../shared/catalog/index.ts";
import { type JobTimes, jobTimes } from "../../shared/job/job-times.ts";
import { generatedCatalog } from "./support/generated-catalog.ts";

const TIME_SCALES = [1, 0.5, 0.1, 0.03, 0.01];

const withTimes =
  (wrong: Partial<JobTimes>): typeof jobTimes =>
  (run, timeScale) => ({ ...jobTimes(run, timeScale), ...wrong });

describe.each(TIME_SCALES)("at time scale %d", (timeScale) => {
  it.each(catalog.map(({ definition }) => [definition.type, definition.run] as const))(
    "%s keeps visibility > lease > timeout, and visibility at six timeouts",
    (_, run) => {
      const times = jobTimes(run, timeScale);
      expect(times.visibilityTimeoutSeconds).toBeGreaterThanOrEqual(6 * times.timeoutSeconds);
      expect(times.visibilityTimeoutSeconds * 1000).toBeGreaterThan(times.leaseMs);
      expect(times.leaseMs).toBeGreaterThan(times.timeoutSeconds * 1000);
    },
  );

  it("takes the whole catalog", () => {
    expect(() => checkCatalog(catalog, timeScale)).not.toThrow();
  });

  it("refuses a type whose lease outlives its visibility timeout, by name", () => {
    expect(() => checkCatalog(catalog, timeScale, withTimes({ leaseMs: 6_000_000 }))).toThrow(
      /"invoice_email": lease 6000000 ms is not shorter than the visibility timeout/,
    );
  });

  it("refuses a visibility timeout under six timeouts, by name", () => {
    const tooShort = withTimes({ timeoutSeconds: 10, visibilityTimeoutSeconds: 59 });
    expect(() => checkCatalog(catalog, timeScale, tooShort)).toThrow(
      /"ses_event": visibility timeout 59 s is under 6 × the function's timeout of 10 s/,
    );
  });
});

describe("the catalog", () => {
  const [first] = generatedCatalog(1);
  if (first === undefined) throw new Error("A catalog of one type has one type.");

  it("may not hold a type twice", () => {
    expect(() => checkCatalog([first, first], 1)).toThrow(/"generated_job_1": is in the catalog twice/);
  });

  it("is refused with all its problems at once", () => {
    const definition = { ...first.definition, needs: { enqueues: ["nobody"], files: ["pictures"] } };
    expect(() => checkCatalog([{ ...first, definition }], 1)).toThrow(
      /enqueues "nobody", which is not in the catalog\n.*needs files of "pictures"; there are only invoices, giftcards, assets, broadcasts, archives, attachments, jobdata/,
    );
  });

  it("may read lists and delete files only of what it says that it needs", () => {
    const needs = { files: ["invoices"], removesFiles: ["invoices", "attachments"], lists: ["order"], records: {} };
    expect(() => checkCatalog([{ ...first, definition: { ...first.definition, needs } }], 1)).toThrow(
      [
        '- "generated_job_1": removes files of "attachments", which is not among `needs.files`',
        '- "generated_job_1": reads lists of "order", which is not among `needs.records`',
      ].join("\n"),
    );
  });

  it("may hold an alias once, in snake or camel case, and none that is a type's name", () => {
    const named = (type: string, aliases: readonly string[]) => ({
      ...first,
      definition: { ...first.definition, type, aliases, needs: {} },
    });
    const entries = [named("letter", ["mail", "e-mail"]), named("mail", []), named("post", ["parcel"])];
    expect(() => checkCatalog([...entries, named("box", ["parcel"])], 1)).toThrow(
      [
        "The job catalog is not right:",
        '- alias "e-mail": must be snake_case or camelCase, 40 characters at most',
        '- alias "parcel": is given twice; rename one',
        `- alias "mail": is a job type's name; rename one`,
      ].join("\n"),
    );
    expect(() =>
      checkCatalog([named("letter", ["mail"]), named("post", ["parcel", "sendParcelByDHL"])], 1),
    ).not.toThrow();
  });
});
