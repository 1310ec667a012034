import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

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
  /** Removes the cloud assembly. */
  remove(): void;
}

/** The app as it would be deployed, with empty handlers, in a folder of its own. */
export async function synthesised(options: SynthesisOptions = {}): Promise<Synthesised> {
  const outdir = mkdtempSync(path.join(tmpdir(), "backline-synth-"));
  const functionsDir = options.functionsDir ?? stubFunctions(allEntries(options.catalog ?? wholeCatalog));
  const synthesis = await synthesise({ ...options, outdir, functionsDir });
  const template = (stackName: string) => Template.fromJSON(synthesis.assembly.getStackByName(stackName).template);
  return {
    ...synthesis,
    data: template(synthesis.stackNames.data),
    jobs: template(synthesis.stackNames.jobs),
    validationReport: () => JSON.parse(readFileSync(path.join(outdir, "validation-report.json"), "utf8")),
    remove: () => {
      for (const folder of [outdir, functionsDir]) rmSync(folder, { recursive: true, force: true });
    },
  };
}
