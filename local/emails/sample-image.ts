import { crc32, deflateSync } from "node:zlib";

type Colour = readonly [red: number, green: number, blue: number];

export interface SampleImage {
  readonly width: number;
  readonly height: number;
  /** The picture goes from one to the other, top to bottom. */
  readonly from: Colour;
  readonly to: Colour;
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const HEADER_BYTES = 13;
const EIGHT_BIT_RGB = [8, 2, 0, 0, 0];

/** A PNG file (RFC 2083) of a colour gradient: stands for a photograph, so that the project carries none. */
export function samplePng({ width, height, from, to }: SampleImage): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set(EIGHT_BIT_RGB, 8);
  const rows = Array.from({ length: height }, (_, y) => {
    const colour = from.map((start, channel) => Math.round(start + (((to[channel] ?? 0) - start) * y) / height));
    return Buffer.concat([Buffer.from([0]), Buffer.alloc(width * 3, Buffer.from(colour))]); // 0: the row is not filtered
  });
  const pixels = deflateSync(Buffer.concat(rows));
  return Buffer.concat([SIGNATURE, chunk("IHDR", header), chunk("IDAT", pixels), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const [length, checksum, body] = [Buffer.alloc(4), Buffer.alloc(4), Buffer.concat([Buffer.from(type), data])];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}
