import { crc32, deflateSync } from "node:zlib";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

export interface PngOptions {
  readonly width?: number;
  readonly height?: number;
  /** Bits a sample. */
  readonly depth?: number;
  /** PNG's number: 2 is RGB, 3 a palette, 6 RGB with transparency. */
  readonly colourType?: number;
  readonly isInterlaced?: boolean;
  /** The compressed rows; by default as many as the header says, all 0. */
  readonly data?: Uint8Array;
  /** Chunks between the header and the rows. */
  readonly extra?: readonly (readonly [type: string, data: Uint8Array])[];
}

const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** A PNG of 40 × 10 pixels, RGB with transparency, unless the options say otherwise; also one that no program can draw. */
export function pngImage(options: PngOptions = {}): Uint8Array {
  const { width = 40, height = 10, depth = 8, colourType = 6, isInterlaced = false, extra = [] } = options;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colourType, 0, 0, isInterlaced ? 1 : 0], 8);
  const rowBytes = 1 + Math.ceil((width * depth * (SAMPLES[colourType] ?? 1)) / 8);
  const data = options.data ?? deflateSync(Buffer.alloc(rowBytes * height));
  const chunks = [["IHDR", header], ...extra, ["IDAT", data], ["IEND", new Uint8Array()]] as const;
  return Buffer.concat([Buffer.from(SIGNATURE), ...chunks.map(([type, bytes]) => chunk(type, bytes))]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const bytes = Buffer.alloc(body.length + 8);
  bytes.writeUInt32BE(data.length, 0);
  bytes.set(body, 4);
  bytes.writeUInt32BE(crc32(body), body.length + 4);
  return bytes;
}
