import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { describe } from "@jest/globals";

/** Programs of Debian's packages poppler-utils, qpdf and zbar-tools, which share no code with what writes our PDFs. */
type Program = "pdfinfo" | "pdftotext" | "pdftoppm" | "qpdf" | "zbarimg";

/** Tests of what these programs make of a PDF: skipped, with the reason, on a machine without them. */
export function describeWith(programs: readonly Program[], reader: string, tests: () => void): void {
  const missing = programs.filter((program) => spawnSync(program, ["--version"]).error !== undefined);
  if (missing.length === 0) {
    describe(`PDFs and ${reader}`, () => {
      tests();
    });
  } else {
    // eslint-disable-next-line jest/no-disabled-tests -- only where it cannot run
    describe.skip(`PDFs and ${reader} (skipped: ${missing.join(" and ")} not installed)`, () => {
      tests();
    });
  }
}

export interface ProgramOutput {
  readonly output: string;
  /** What it wrote to its error stream: warnings about the file. */
  readonly warnings: string;
  readonly exitCode: number | null;
}

/** Runs a program on a PDF. @param options its arguments, in which `file.pdf` is the PDF, in a folder of its own. */
export function runOnPdf(program: Program, pdf: Uint8Array, options: readonly string[]): ProgramOutput {
  return inFolderWith(pdf, (folder) => run(program, options, folder));
}

/** What a scanner reads from the first page, as from paper held before it. */
export function scanFirstPage(pdf: Uint8Array): string {
  return inFolderWith(pdf, (folder) => {
    run("pdftoppm", ["-r", "100", "-png", "-singlefile", "file.pdf", "page"], folder);
    return run("zbarimg", ["--quiet", "--raw", "page.png"], folder).output.trim();
  });
}

function inFolderWith<Result>(pdf: Uint8Array, use: (folder: string) => Result): Result {
  const folder = mkdtempSync(path.join(tmpdir(), "backline-pdf-"));
  try {
    writeFileSync(path.join(folder, "file.pdf"), pdf);
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(program: Program, options: readonly string[], folder: string): ProgramOutput {
  const { stdout, stderr, status } = spawnSync(program, options, { cwd: folder, encoding: "utf8" });
  return { output: stdout, warnings: stderr, exitCode: status };
}
