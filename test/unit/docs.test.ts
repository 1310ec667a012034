import { readFileSync } from "node:fs";

import { describe, expect, it } from "@jest/globals";

import { jobStatesPage } from "../../docs/job-states.ts";

describe("docs/job-states.md", () => {
  it("is what the engine's state table says", () => {
    const page = readFileSync(new URL("../../docs/job-states.md", import.meta.url), "utf8");
    expect(page).toBe(jobStatesPage());
  });
});
