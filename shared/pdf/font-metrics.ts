/** What a layout needs to know of a font before any text is set in it. */
export interface FontMetrics {
  /** Whether the font draws this character itself, not its box for unknown ones. Code points beyond U+FFFF: never. */
  hasGlyph(codePoint: number): boolean;
  /** Width of one line of text in points, without kerning. */
  widthOf(text: string, fontSizePoints: number): number;
}

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
 * @throws TypeError when the bytes are not a font with a Unicode character map of format 4.
 */
export function readFontMetrics(bytes: Uint8Array): FontMetrics {
  const tables = readTables(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const glyphs = readGlyphIds(basicPlaneMap(tables.cmap));
  const unitsPerEm = tables.head.getUint16(18);
  const wideGlyphs = tables.hhea.getUint16(34); // `numberOfHMetrics`: from there on all are as wide as the last
  const advance = (glyph: number) => tables.hmtx.getUint16(4 * Math.min(glyph, wideGlyphs - 1));
  return {
    hasGlyph: (codePoint) => glyphs.has(codePoint),
    widthOf: (text, fontSizePoints) => {
      const units = Array.from(text, (character) => advance(glyphs.get(character.codePointAt(0) ?? 0) ?? 0));
      return (units.reduce((total, width) => total + width, 0) * fontSizePoints) / unitsPerEm;
    },
  };
}

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

/** The subtable for Windows, Unicode BMP (platform 3, encoding 1), which every font for the web has. */
function basicPlaneMap(cmap: DataView): DataView {
  for (let index = 0; index < cmap.getUint16(2); index += 1) {
    const record = 4 + 8 * index;
    const isUnicode = cmap.getUint16(record) === 3 && cmap.getUint16(record + 2) === 1;
    const subtable = new DataView(cmap.buffer, cmap.byteOffset + cmap.getUint32(record + 4));
    if (isUnicode && subtable.getUint16(0) === 4) return subtable;
  }
  throw new TypeError("The font has no Unicode character map of format 4.");
}

/** Format 4: parallel arrays of segments, each mapping a range of characters by a delta or through a list of glyphs. */
function readGlyphIds(map: DataView): ReadonlyMap<number, number> {
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
