import pdfmake from "pdfmake";
import type { TDocumentDefinitions } from "pdfmake/interfaces";

import type { Typeface } from "./fonts.ts";
import { withFontRuns } from "./font-runs.ts";

declare module "pdfmake" {
  /** pdfmake's files in memory; its type declarations leave it out. */
  export const virtualfs: { writeFileSync(name: string, content: Buffer): void };
}

// Nothing that a buyer typed may make the server fetch a URL or read a file: fonts and images are in memory.
pdfmake.setUrlAccessPolicy(() => false);
pdfmake.setLocalAccessPolicy(() => false);

const registered = new Map<string, { readonly normal: string; readonly bold: string }>();

/** Parsed by pdfmake when a document first uses them; embedded cut down to the glyphs that it uses. */
function register({ family, regular, bold }: Typeface): void {
  if (registered.has(family)) return;
  const files = { normal: `${family}-Regular.ttf`, bold: `${family}-Bold.ttf` };
  pdfmake.virtualfs.writeFileSync(files.normal, Buffer.from(regular));
  pdfmake.virtualfs.writeFileSync(files.bold, Buffer.from(bold));
  registered.set(family, files);
  pdfmake.setFonts(Object.fromEntries(registered));
}

/**
 * Lays a document out and writes it as PDF.
 *
 * The same definition gives the same bytes, provided that it sets `info.creationDate`: the file's id is made of `info`.
 *
 * @param definition used up by the call: pdfmake writes into it.
 * @param typefaces what its text is set in: each character in the first that has it.
 */
export async function printPdf(
  definition: TDocumentDefinitions,
  typefaces: readonly [Typeface, ...Typeface[]],
): Promise<Uint8Array> {
  for (const typeface of typefaces) register(typeface);
  const document = typefaces.length === 1 ? definition : withFontRuns(definition, typefaces);
  return pdfmake.createPdf(document).getBuffer();
}
