/** What a layout needs to know of a font before any text is set in it. */
export interface FontMetrics {
  /** Whether the font draws this character itself, not its box for unknown ones. */
  hasGlyph(codePoint: number): boolean;
  /** Width of one line of text in points, without kerning; a character that the font lacks counts as `UNKNOWN_WIDTH_EM`. */
  widthOf(text: string, fontSizePoints: number): number;
}

/**
 * Width that is assumed of a character of another font, in parts of the font size: that of ⨌, the widest of the fall-back
 * fonts, so that what is measured is never too narrow. A footer that is higher than its room is not drawn at all.
 */
const UNKNOWN_WIDTH_EM = 1.85;

/** The tables of an OpenType font that are read here, each from its own beginning. */
interface FontTables {
  readonly cmap: DataView;
  readonly head: DataView;
  readonly hhea: DataView;
  readonly hmtx: DataView;
}

/**
 * Reads a TrueType font's coverage and widths.
 *
 * pdfmake has a whole font engine, but does not let it be asked before a document is laid out. Both facts are in three
 * small tables: https://learn.microsoft.com/typography/opentype/spec/otff
 *
 * @throws TypeError when the bytes are not a font with a Unicode character map of format 4 or 12.
 */
export function readFontMetrics(bytes: Uint8Array): FontMetrics {
  const tables = readTables(viewOf(bytes));
  const glyphs = readGlyphIds(tables.cmap);
  const unitsPerEm = tables.head.getUint16(18);
  const wideGlyphs = tables.hhea.getUint16(34); // `numberOfHMetrics`: from there on all are as wide as the last
  const advance = (glyph: number | undefined) =>
    glyph === undefined ? UNKNOWN_WIDTH_EM * unitsPerEm : tables.hmtx.getUint16(4 * Math.min(glyph, wideGlyphs - 1));
  return {
    hasGlyph: (codePoint) => glyphs.has(codePoint),
    widthOf: (text, fontSizePoints) => {
      const units = Array.from(text, (character) => advance(glyphs.get(character.codePointAt(0) ?? 0)));
      return (units.reduce((total, width) => total + width, 0) * fontSizePoints) / unitsPerEm;
    },
  };
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function readTables(font: DataView): FontTables {
  const byTag = new Map<string, DataView>();
  for (let index = 0; index < font.getUint16(4); index += 1) {
    const entry = 12 + 16 * index;
    const tag = String.fromCharCode(...[0, 1, 2, 3].map((at) => font.getUint8(entry + at)));
    byTag.set(tag, new DataView(font.buffer, font.byteOffset + font.getUint32(entry + 8), font.getUint32(entry + 12)));
  }
  const table = (tag: string): DataView => {
    const found = byTag.get(tag);
    if (found === undefined) throw new TypeError(`The font has no \`${tag}\` table.`);
    return found;
  };
  return { cmap: table("cmap"), head: table("head"), hhea: table("hhea"), hmtx: table("hmtx") };
}

/** From the subtable for Windows: all of Unicode (format 12) where the font goes beyond U+FFFF, else its first plane. */
function readGlyphIds(cmap: DataView): ReadonlyMap<number, number> {
  const allPlanes = windowsSubtable(cmap, 10, 12);
  if (allPlanes !== undefined) return readAllPlanes(allPlanes);
  const basicPlane = windowsSubtable(cmap, 1, 4);
  if (basicPlane !== undefined) return readBasicPlane(basicPlane);
  throw new TypeError("The font has no Unicode character map of format 4 or 12.");
}

function windowsSubtable(cmap: DataView, encoding: number, format: number): DataView | undefined {
  for (let index = 0; index < cmap.getUint16(2); index += 1) {
    const record = 4 + 8 * index;
    if (cmap.getUint16(record) !== 3 || cmap.getUint16(record + 2) !== encoding) continue;
    const subtable = new DataView(cmap.buffer, cmap.byteOffset + cmap.getUint32(record + 4));
    if (subtable.getUint16(0) === format) return subtable;
  }
  return undefined;
}

/** Format 12: groups of consecutive characters with consecutive glyphs. */
function readAllPlanes(map: DataView): ReadonlyMap<number, number> {
  const glyphs = new Map<number, number>();
  for (let index = 0; index < map.getUint32(12); index += 1) {
    const group = 16 + 12 * index;
    const [start, end, glyph] = [map.getUint32(group), map.getUint32(group + 4), map.getUint32(group + 8)];
    for (let code = start; code <= end; code += 1) glyphs.set(code, glyph + code - start);
  }
  return glyphs;
}

/** Format 4: parallel arrays of segments, each mapping a range of characters by a delta or through a list of glyphs. */
function readBasicPlane(map: DataView): ReadonlyMap<number, number> {
  const glyphs = new Map<number, number>();
  const bytesPerArray = map.getUint16(6);
  for (let at = 0; at < bytesPerArray; at += 2) {
    const end = map.getUint16(14 + at);
    const start = map.getUint16(16 + bytesPerArray + at);
    const delta = map.getUint16(16 + 2 * bytesPerArray + at);
    const rangeAt = 16 + 3 * bytesPerArray + at;
    const range = map.getUint16(rangeAt);
    for (let code = start; code <= end && code !== 0xffff; code += 1) {
      const listed = range === 0 ? code : map.getUint16(rangeAt + range + 2 * (code - start));
      const glyph = listed === 0 ? 0 : (listed + delta) % 0x1_0000;
      if (glyph !== 0) glyphs.set(code, glyph);
    }
  }
  return glyphs;
}

/**
 * A copy of a font that stands as high above and as low below the line as another, each in parts of its size; the shapes of
 * its letters are the same. A layout engine makes a line as high as its highest font.
 */
export function withLineOf(bytes: Uint8Array, model: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const [target, source] = [readTables(viewOf(copy)), readTables(viewOf(model))];
  const scale = target.head.getUint16(18) / source.head.getUint16(18);
  // `ascender`, `descender` and `lineGap`
  for (const at of [4, 6, 8]) target.hhea.setInt16(at, Math.round(source.hhea.getInt16(at) * scale));
  return copy;
}
