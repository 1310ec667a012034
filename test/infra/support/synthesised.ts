import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll } from "@jest/globals";
import { Template } from "aws-cdk-lib/assertions";

import { type Synthesis, synthesise, type SynthesisOptions } from "../../../infra/app.ts";
import { allEntries } from "../../../infra/function-entries.ts";
import { catalog as wholeCatalog } from "../../../shared/catalog/index.ts";
import { stubFunctions } from "./stub-functions.ts";

export interface Synthesised extends Synthesis {
  readonly data: Template;
  readonly jobs: Template;
  /** What CloudFormation's and cdk-nag's rules found, as the cloud assembly reports it. */
  validationReport(): unknown;
}

const folders: string[] = [];
// Here, not with each caller: a synthesis that throws has made its folders, but gives nobody anything to remove.
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** The app as it would be deployed, with empty handlers, in a folder of its own until the test file ends. */
export async function synthesised(
  options: Omit<SynthesisOptions, "functionsDir" | "outdir"> = {},
): Promise<Synthesised> {
  const outdir = mkdtempSync(path.join(tmpdir(), "backline-synth-"));
  folders.push(outdir);
  const functionsDir = stubFunctions(allEntries(options.catalog ?? wholeCatalog));
  folders.push(functionsDir);
  const synthesis = await synthesise({ ...options, outdir, functionsDir });
  const template = (stackName: string) => Template.fromJSON(synthesis.assembly.getStackByName(stackName).template);
  return {
    ...synthesis,
    data: template(synthesis.stackNames.data),
    jobs: template(synthesis.stackNames.jobs),
    validationReport: () => JSON.parse(readFileSync(path.join(outdir, "validation-report.json"), "utf8")),
  };
}
