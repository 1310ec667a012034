/** One line that a function wrote. */
export interface LogLine {
  readonly at: Date;
  /** Physical name of the function. */
  readonly functionName: string;
  readonly pid: number;
  readonly text: string;
}

/** Lines kept per function; older ones are dropped. */
const LINES_KEPT = 2000;

/** What functions wrote to stdout and stderr, line by line. */
export class FunctionLogs {
  readonly #lines = new Map<string, LogLine[]>();
  readonly #onLine: (line: LogLine) => void;

  constructor(onLine: (line: LogLine) => void) {
    this.#onLine = onLine;
  }

  add(line: LogLine): void {
    const lines = this.#lines.get(line.functionName) ?? [];
    lines.push(line);
    if (lines.length > LINES_KEPT) lines.shift();
    this.#lines.set(line.functionName, lines);
    this.#onLine(line);
  }

  /** Oldest first; of one function, or of all. */
  lines(functionName?: string): LogLine[] {
    if (functionName !== undefined) return [...(this.#lines.get(functionName) ?? [])];
    return [...this.#lines.values()].flat().sort((a, b) => a.at.getTime() - b.at.getTime());
  }
}

/** Calls `onLine` for each whole line of a stream, and for what is left at its end. */
export function eachLine(stream: NodeJS.ReadableStream, onLine: (text: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    lines.filter((line) => line !== "").forEach(onLine);
  });
  stream.on("end", () => {
    if (rest !== "") onLine(rest);
    rest = "";
  });
}
