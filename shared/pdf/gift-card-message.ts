import type { Content } from "pdfmake/interfaces";

import type { GiftCardView } from "../billing/gift-card-view.ts";
import { FONT_METRICS } from "./fonts.ts";
import { CONTENT_WIDTH } from "./page-design.ts";

/** How a message is set: the shorter, the larger and the narrower. */
interface MessageSize {
  readonly fontSize: number;
  /** Points on both sides; a line of many letters is hard to follow. */
  readonly indent: number;
  readonly mostLines: number;
}

const LINE_HEIGHT = 1.12;
/** The first one also takes what is longer, and goes on to further pages. */
const SIZES: readonly [MessageSize, ...MessageSize[]] = [
  { fontSize: 9, indent: 4, mostLines: Number.POSITIVE_INFINITY },
  { fontSize: 11, indent: 28, mostLines: 14 },
  { fontSize: 13, indent: 40, mostLines: 9 },
  { fontSize: 16, indent: 56, mostLines: 5 },
];

/** Whether the message needs so much room that the card above it gives some up: 2,000 characters then fit on its page. */
export const isLongMessage = ({ message }: GiftCardView): boolean => sizeOf(message) === SIZES[0];

/** The buyer's words below the card. */
export function giftCardMessage({ message }: GiftCardView): Content[] {
  if (message.length === 0) return [];
  const { fontSize, indent } = sizeOf(message);
  return [{ text: message.join("\n"), fontSize, lineHeight: LINE_HEIGHT, margin: [indent, fontSize * 2, indent, 0] }];
}

function sizeOf(message: readonly string[]): MessageSize {
  return SIZES.findLast((size) => linesAt(message, size) <= size.mostLines) ?? SIZES[0];
}

/** A line is seldom filled to its end. */
function linesAt(message: readonly string[], { fontSize, indent }: MessageSize): number {
  const width = (CONTENT_WIDTH - 2 * indent) * 0.93;
  const lines = message.map((text) => Math.max(1, Math.ceil(FONT_METRICS.widthOf(text, fontSize) / width)));
  return lines.reduce((total, count) => total + count, 0);
}
