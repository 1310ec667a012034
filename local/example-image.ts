import { crc32, deflateSync } from "node:zlib";

const SIGNATURE = Buffer.from("89504e470d0a1a0a", "hex");
const RGB_8_BIT = Buffer.from([8, 2, 0, 0, 0]);
const NO_FILTER = 0;

type Rgb = readonly [number, number, number];

/** A round vessel on a light ground as PNG: a picture for the example products that belongs to nobody. */
export function exampleThumbnail(colour: Rgb, size = 128): Uint8Array {
  const ground: Rgb = [243, 244, 246];
  const middle = (size - 1) / 2;
  const pixelAt = (x: number, y: number) => (Math.hypot(x - middle, y - middle) < size * 0.36 ? colour : ground);
  const row = (y: number) => [NO_FILTER, ...Array.from({ length: size }, (_, x) => pixelAt(x, y)).flat()];
  const pixels = Buffer.from(Array.from({ length: size }, (_, y) => row(y)).flat());
  const header = Buffer.concat([number(size), number(size), RGB_8_BIT]);
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(pixels)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** Length, type, data, and the checksum of the last two (PNG, third edition, 5.3). */
function chunk(type: string, data: Buffer): Buffer {
  const checked = Buffer.concat([Buffer.from(type, "latin1"), data]);
  return Buffer.concat([number(data.length), checked, number(crc32(checked))]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
