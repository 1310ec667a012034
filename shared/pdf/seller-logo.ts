import { inflateSync } from "node:zlib";

import type { Content, Margins } from "pdfmake/interfaces";

/** An image file as the owner stored it: PNG or JPEG. */
export interface LogoFile {
  readonly bytes: Uint8Array;
}

/** A logo that is known to be drawable. */
export interface SellerLogo {
  /** `data:image/png;base64,…`: nothing is fetched to draw it. */
  readonly dataUrl: string;
}

/** Points that a logo may take; it keeps its proportions. */
const MOST_WIDTH = 170;
const MOST_HEIGHT = 44;

/** A page shows a logo at some 700 × 180 pixels; this is for those who never made theirs smaller. */
const MOST_PIXELS = 4_000_000;

const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] as const;

/** Samples a pixel by PNG's colour type. Source: PNG (Third Edition), table 8. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** Why an image cannot be drawn; the message says what to do about it, and holds nothing of the image. */
class UndrawableImage extends Error {}

/**
 * Looks a logo through before a document is made with it. pdfmake inflates a PNG in a callback, where an error of a broken
 * file is caught by nobody and ends the process.
 */
export function readLogo(file: LogoFile | undefined): { readonly logo?: SellerLogo; readonly problem?: string } {
  if (file === undefined) return {};
  const bytes = Buffer.from(file.bytes.buffer, file.bytes.byteOffset, file.bytes.byteLength);
  try {
    return { logo: { dataUrl: `data:image/${checkedFormat(bytes)};base64,${bytes.toString("base64")}` } };
  } catch (error) {
    if (error instanceof UndrawableImage) return { problem: error.message };
    throw error;
  }
}

/** The logo with room below it; nothing without one. */
export function logoContent(logo: SellerLogo | undefined, margin: Margins = [0, 0, 0, 12]): Content[] {
  return logo === undefined ? [] : [{ image: logo.dataUrl, fit: [MOST_WIDTH, MOST_HEIGHT], margin }];
}

function checkedFormat(bytes: Buffer): "png" | "jpeg" {
  if (PNG_SIGNATURE.every((byte, at) => bytes[at] === byte)) {
    checkPng(bytes);
    return "png";
  }
  if (bytes[0] === 0xff && bytes[1] === 0xd8) {
    checkJpeg(bytes);
    return "jpeg";
  }
  throw new UndrawableImage("The logo is neither PNG nor JPEG. Store it as one of them.");
}

function checkPng(bytes: Buffer): void {
  const chunks = pngChunks(bytes);
  const header = chunks.find(({ type }) => type === "IHDR")?.data;
  if (header === undefined || header.length < 13)
    throw new UndrawableImage("The logo's PNG has no header. Store it again.");
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const [depth = 0, colourType = 0, , , interlace = 0] = header.subarray(8);
  checkPixels(width, height);
  const samples = SAMPLES[colourType];
  if (samples === undefined) throw new UndrawableImage("The logo's PNG has an unknown kind of colour. Save it as RGB.");
  if (interlace !== 0) throw new UndrawableImage("The logo's PNG is interlaced. Save it without interlacing.");
  const has = (wanted: string) => chunks.some(({ type }) => type === wanted);
  // pdfmake takes each byte for one pixel there.
  if (colourType === 3 && (!has("PLTE") || (depth < 8 && has("tRNS")))) {
    throw new UndrawableImage("The logo's PNG has a palette that cannot be drawn. Save it as RGB, 8 bits a channel.");
  }
  const rowBytes = 1 + Math.ceil((width * samples * depth) / 8);
  checkPngRows(
    chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data),
    { rowBytes, height },
  );
}

interface PngChunk {
  readonly type: string;
  readonly data: Buffer;
}

function pngChunks(bytes: Buffer): PngChunk[] {
  const chunks: PngChunk[] = [];
  for (let at = PNG_SIGNATURE.length; chunks.at(-1)?.type !== "IEND";) {
    const end = at + 8 + within(bytes, at, 4).readUInt32BE();
    within(bytes, at, end + 4 - at);
    chunks.push({ type: bytes.toString("latin1", at + 4, at + 8), data: bytes.subarray(at + 8, end) });
    at = end + 4;
  }
  return chunks;
}

/** Each row begins with the number of its filter, 0 to 4. */
function checkPngRows(data: readonly Buffer[], { rowBytes, height }: { rowBytes: number; height: number }): void {
  const broken = new UndrawableImage("The logo's PNG is damaged. Store it again.");
  let rows: Buffer;
  try {
    rows = inflateSync(Buffer.concat(data), { maxOutputLength: rowBytes * height });
  } catch {
    throw broken;
  }
  if (rows.length !== rowBytes * height) throw broken;
  for (let row = 0; row < height; row += 1) if ((rows[row * rowBytes] ?? 5) > 4) throw broken;
}

/** The frame header says size and channels; it stands behind segments whose lengths are written before them. */
function checkJpeg(bytes: Buffer): void {
  let at = 2;
  while (!isFrameHeader(within(bytes, at, 4).readUInt16BE())) at += 2 + bytes.readUInt16BE(at + 2);
  const frame = within(bytes, at, 10);
  checkPixels(frame.readUInt16BE(7), frame.readUInt16BE(5));
  if (frame[4] !== 8 || ![1, 3, 4].includes(frame.readUInt8(9))) {
    throw new UndrawableImage("The logo's JPEG has an unknown kind of colour. Save it as RGB, 8 bits a channel.");
  }
}

/** So many bytes from there on, all of which the file has. */
function within(bytes: Buffer, at: number, length: number): Buffer {
  if (at + length > bytes.length) throw new UndrawableImage("The logo's file ends too early. Store it again.");
  return bytes.subarray(at, at + length);
}

/** SOF0 to SOF15, without the tables that lie between them (DHT, JPG, DAC). Source: ITU-T T.81, table B.1. */
function isFrameHeader(marker: number): boolean {
  if (marker < 0xff01) throw new UndrawableImage("The logo's JPEG is damaged. Store it again.");
  return marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker);
}

function checkPixels(width: number, height: number): void {
  if (width < 1 || height < 1) throw new UndrawableImage("The logo has no pixels. Store another one.");
  if (width * height > MOST_PIXELS) {
    throw new UndrawableImage(`The logo has more than ${MOST_PIXELS / 1_000_000} million pixels. Store a smaller one.`);
  }
}
