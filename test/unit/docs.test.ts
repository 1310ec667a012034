import { readdirSync, readFileSync } from "node:fs";

import { describe, expect, it } from "@jest/globals";
import * as z from "zod";

import { PAGES, schedulesSection } from "../../docs/generate.ts";
import { defineJob } from "../../shared/job/define-job.ts";
import { fixed } from "../../shared/job/retry-policy.ts";
import type { JobSchedule } from "../../shared/job/schedule.ts";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

describe("a page that comes from code", () => {
  const { "job-types.md": jobTypes, ...pages } = PAGES;

  it.each(Object.entries(pages))("is up to date (or run `npm run docs:pages`): docs/%s", (name, page) => {
    expect(read(`docs/${name}`)).toBe(page());
  });

  // A new type breaks no test: that the page lacks it is what `npm run docs:pages -- --check` says, in CI.
  it("says nothing of a job type that the catalog does not say", () => {
    expect(jobTypes?.().split("\n")).toEqual(expect.arrayContaining(read("docs/job-types.md").split("\n")));
  });
});

describe("the page of the job types", () => {
  const section = (schedules: readonly JobSchedule<object>[]): string[] => {
    const run = { timeoutSeconds: 30, memoryMb: 256, batchSize: 1 };
    const retry = { maxAttempts: 1, backoff: fixed(1000) };
    const definition = defineJob({
      type: "cleaning",
      summary: "Cleans.",
      payload: z.object({}),
      retry,
      run,
      schedules,
    });
    return schedulesSection([{ domain: "upkeep", definition }]);
  };

  it("has a section of schedules, with their defaults, once a type has one", () => {
    const nightly = { name: "nightly", cron: "0 2 * * *", payload: {} };
    const disabled = { ...nightly, name: "hourly", cron: "0 * * * *", timeZone: "Europe/Berlin", enabled: false };
    const lines = section([nightly, { ...disabled, overlap: "allow", catchUpSeconds: 600 }]);
    expect(lines).toContain("## Schedules");
    expect(lines.slice(-2)).toEqual([
      "| `nightly` | `cleaning` | `0 2 * * *` | UTC | skip | 86400 s |",
      "| `hourly` | `cleaning` | `0 * * * *` (disabled) | Europe/Berlin | allow | 600 s |",
    ]);
  });

  it("has no such section without schedules", () => {
    expect(section([])).toEqual([]);
  });
});

describe("the runbook", () => {
  it("quotes log messages as the code writes them", () => {
    const quoted = [...read("docs/runbook.md").matchAll(/`([A-Z][^`\n]*\.)`|message = "([^"]+)"/g)];
    const messages = quoted.map(([, inBackticks, inQuery]) => inBackticks ?? inQuery ?? "");
    expect(messages).not.toEqual([]);
    const code = ["shared", "functions"].map(sourcesUnder).join("\n");
    expect(messages.filter((message) => !code.includes(`"${message}"`))).toEqual([]);
  });
});

/** The TypeScript of a folder and its subfolders, as one text. */
function sourcesUnder(folder: string): string {
  const files = readdirSync(new URL(`../../${folder}`, import.meta.url), { recursive: true, encoding: "utf8" });
  return files
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => read(`${folder}/${file}`))
    .join("\n");
}

describe("the README", () => {
  it("names only files that exist", () => {
    const files = [...read("README.md").matchAll(/`((?:docs|examples|shared)\/[a-z/-]+\.(?:md|ts|json))`/g)];
    expect(files.map(([, path]) => read(path ?? "").length > 0)).not.toContain(false);
  });

  it("has 200 lines at most", () => {
    expect(read("README.md").split("\n").length).toBeLessThanOrEqual(200);
  });
});
