import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

/** Names the folder that all test files of one run share; processes that they start inherit it. */
const VARIABLE = "BACKLINE_TEST_FOLDER";

/** Before the first test file: makes the folder. */
export async function makeTestFolder(): Promise<void> {
  process.env[VARIABLE] = await mkdtemp(path.join(tmpdir(), "backline-tests-"));
}

/** After the last one: removes it with all that is in it. */
export async function removeTestFolder(): Promise<void> {
  await rm(testFolder(), { recursive: true, force: true });
}

/** @throws Error outside of a test run. */
export function testFolder(): string {
  const folder = process.env[VARIABLE];
  if (folder !== undefined) return folder;
  throw new Error("There is no folder of a test run. Run the tests with the project's own jest.config.ts.");
}
