import pdfmake from "pdfmake";
import type { TDocumentDefinitions } from "pdfmake/interfaces";

import { FONT_FILES } from "./fonts.ts";

declare module "pdfmake" {
  /** pdfmake's files in memory; its type declarations leave it out. */
  export const virtualfs: { writeFileSync(name: string, content: Buffer): void };
}

/** The only font family; both weights are embedded, cut down to the glyphs that a document uses. */
export const FONT_FAMILY = "NotoSans";

const { regular, bold } = FONT_FILES;
for (const { name, bytes } of [regular, bold]) pdfmake.virtualfs.writeFileSync(name, Buffer.from(bytes));
pdfmake.setFonts({ [FONT_FAMILY]: { normal: regular.name, bold: bold.name } });

// Nothing that a buyer typed may make the server fetch a URL or read a file: fonts are in memory, there are no images.
pdfmake.setUrlAccessPolicy(() => false);
pdfmake.setLocalAccessPolicy(() => false);

/**
 * Lays a document out and writes it as PDF.
 *
 * The same definition gives the same bytes, provided that it sets `info.creationDate`: the file's id is made of `info`.
 *
 * @param definition used up by the call: pdfmake writes into it.
 */
export async function printPdf(definition: TDocumentDefinitions): Promise<Uint8Array> {
  return pdfmake.createPdf(definition).getBuffer();
}
