import { describe, expect, it } from "@jest/globals";

import { GUARDS } from "./guards.ts";
import { runWeakened } from "./weakened-harness.ts";

describe("the fault harness", () => {
  it("finds nothing in the engine as it is", async () => {
    await expect(runWeakened({ name: "none", edits: [] })).resolves.toMatchObject({ failures: [] });
  }, 60_000);

  it.each(GUARDS)(
    "fails in an engine without: $name",
    async (guard) => {
      const { failures } = await runWeakened(guard);
      expect(failures).toHaveLength(1);
      expect(failures[0]?.violations).not.toEqual([]);
    },
    60_000,
  );
});
