/** A line of a Markdown page, and whether it is code: part of a fenced block, its fences included. */
export interface PageLine {
  readonly text: string;
  readonly isCode: boolean;
}

/** A fenced block: `lines[open]` and `lines[close]` are its fences. */
export interface Fence {
  readonly open: number;
  readonly close: number;
  readonly language: string;
  readonly indent: string;
}

const FENCE = /^(\s*)(`{3,}|~{3,})\s*([\w-]*)/;

/** The fenced blocks of a page. One that is not closed goes on to the page's end, as Markdown has it. */
export function fencesOf(lines: readonly string[]): Fence[] {
  const fences: Fence[] = [];
  for (let open = 0; open < lines.length; open += 1) {
    const [, indent = "", marks = "", language = ""] = FENCE.exec(lines[open] ?? "") ?? [];
    if (marks === "") continue;
    const end = lines.findIndex((line, index) => index > open && closes(line, marks));
    const close = end === -1 ? lines.length : end;
    fences.push({ open, close, language, indent });
    open = close;
  }
  return fences;
}

const closes = (line: string, marks: string): boolean => {
  const text = line.trim();
  return text.startsWith(marks) && text.replaceAll(marks.charAt(0), "") === "";
};

/** The lines of a page, each told apart from code. */
export function pageLines(page: string): PageLine[] {
  const lines = page.split("\n");
  const fences = fencesOf(lines);
  return lines.map((text, index) => {
    const isCode = fences.some(({ open, close }) => open <= index && index <= close);
    return { text, isCode };
  });
}
