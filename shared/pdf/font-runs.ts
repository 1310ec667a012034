import type { Content, TDocumentDefinitions } from "pdfmake/interfaces";

import type { Typeface } from "./fonts.ts";
import { textRuns } from "./printable-text.ts";

/**
 * A document whose every text names its fonts: pdfmake has no fall-back of its own, and leaves out what its one font lacks.
 * Done to the finished definition, so that no part of a document can forget it.
 */
export function withFontRuns(document: TDocumentDefinitions, typefaces: readonly Typeface[]): TDocumentDefinitions {
  const { header, footer, content } = document;
  return {
    ...document,
    content: inRuns(content, typefaces),
    ...(typeof header === "function" && { header: (...page) => inRuns(header(...page) ?? "", typefaces) }),
    ...(typeof footer === "function" && { footer: (...page) => inRuns(footer(...page) ?? "", typefaces) }),
  };
}

function inRuns(content: Content, typefaces: readonly Typeface[]): Content {
  return rewritten(content, typefaces) as Content; // a text became a list of texts: all else keeps its shape
}

/** pdfmake takes text as a node's `text`, and as a bare string among nodes. */
function rewritten(node: unknown, typefaces: readonly Typeface[]): unknown {
  if (typeof node === "string") return isMainOnly(node, typefaces) ? node : { text: runsOf(node, typefaces) };
  if (Array.isArray(node)) return node.map((part) => rewritten(part, typefaces));
  if (typeof node !== "object" || node === null) return node;
  const parts = Object.entries(node).map(([name, value]): [string, unknown] => [
    name,
    rewrittenField(name, value, typefaces),
  ]);
  return Object.fromEntries(parts);
}

function rewrittenField(name: string, value: unknown, typefaces: readonly Typeface[]): unknown {
  if (typeof value !== "string") return rewritten(value, typefaces);
  return name === "text" && !isMainOnly(value, typefaces) ? runsOf(value, typefaces) : value;
}

const runsOf = (text: string, typefaces: readonly Typeface[]): Content =>
  textRuns(text, typefaces).map((run) => ({ text: run.text, font: run.family }));

/** Such text stays as it is: fewer parts to lay out. */
const isMainOnly = (text: string, typefaces: readonly Typeface[]): boolean =>
  textRuns(text, typefaces).every(({ family }) => family === typefaces[0]?.family);
