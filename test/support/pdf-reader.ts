import { getDocument, type PDFDocumentProxy } from "pdfjs-dist/legacy/build/pdf.mjs";

/** What a reader gets out of a PDF: the text of each page and the file's own metadata. */
export interface PdfContents {
  /** Text of each page, pieces joined by one space, runs of white space made one. */
  readonly pages: readonly string[];
  /** Points from the left edge to where the text that reaches farthest right ends. A4 is 595.28 wide. */
  readonly rightmostPoints: number;
  readonly title: string;
  readonly author: string;
  readonly language: string;
  readonly creationDate: string;
  readonly fontNames: readonly string[];
  /** Images in the file, the masks of transparent ones not counted. */
  readonly images: number;
}

/** Reads a PDF with pdf.js, which shares no code with what wrote it. */
export async function readPdf(bytes: Uint8Array): Promise<PdfContents> {
  const task = getDocument({ data: new Uint8Array(bytes), verbosity: 0 });
  const document = await task.promise;
  const pages: PageText[] = [];
  for (let number = 1; number <= document.numPages; number += 1) pages.push(await pageText(document, number));
  const { info } = await document.getMetadata();
  const field = (name: string) => {
    const value = (info as Readonly<Record<string, unknown>>)[name]; // pdf.js declares it as `Object`
    return typeof value === "string" ? value : "";
  };
  await task.destroy();
  const source = Buffer.from(bytes).toString("latin1");
  return {
    pages: pages.map(({ text }) => text),
    rightmostPoints: Math.max(...pages.map((page) => page.rightmostPoints)),
    title: field("Title"),
    author: field("Author"),
    language: field("Language"),
    creationDate: field("CreationDate"),
    fontNames: [...new Set(source.match(/\/FontName \/[A-Z]{6}\+[\w-]+/g) ?? [])],
    images: (source.match(/\/Subtype \/Image/g) ?? []).length - (source.match(/\/SMask/g) ?? []).length,
  };
}

interface PageText {
  readonly text: string;
  readonly rightmostPoints: number;
}

async function pageText(document: PDFDocumentProxy, number: number): Promise<PageText> {
  const content = await (await document.getPage(number)).getTextContent();
  const items = content.items.filter((item) => "str" in item);
  const text = items.map(({ str }) => str).join(" ");
  // `transform` is a PDF matrix: its fifth number is how far from the left the text begins.
  const ends = items.map(({ transform, width }) => Number(transform[4]) + width);
  return { text: text.replaceAll(/\s+/g, " "), rightmostPoints: Math.max(...ends) };
}
