import { readdirSync, readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { median } from "./times.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void; // what V8 puts there under this flag

const ONES = 10;
const MANY = 50;
const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MB`;

/**
 * What one render has taken when it ends, garbage included: the median of ten. What a short collection took away meanwhile is
 * not in it.
 *
 * @param isOutside whether the work is done by child processes: then it is all that they hold.
 */
export async function usedByOne(render: () => Promise<unknown>, isOutside: boolean): Promise<string> {
  const used: number[] = [];
  for (let one = 0; one < ONES; one += 1) {
    collectGarbage();
    const before = heap();
    await render();
    used.push(heap() - before);
  }
  return isOutside ? `${megabytes(childrenBytes())} in its processes` : `${megabytes(median(used))} a render`;
}

/** What many renders leave behind in this process once it is collected, and by how much the process grew meanwhile. */
export async function heldAfter(render: () => Promise<unknown>, isOutside: boolean): Promise<string> {
  collectGarbage();
  const [heapBefore, rssBefore] = [heap(), process.memoryUsage.rss()];
  for (let one = 0; one < MANY; one += 1) await render();
  const grown = process.memoryUsage.rss() - rssBefore;
  collectGarbage();
  const where = isOutside ? " here" : "";
  return `${megabytes(heap() - heapBefore)} held and ${megabytes(grown)} RSS more after ${MANY}${where}`;
}

function heap(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Memory of all processes below this one, shared pages in equal parts (Linux only; elsewhere 0). */
function childrenBytes(): number {
  try {
    const processes = readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(readProcess);
    return below(process.pid, processes).reduce((total, { bytes }) => total + bytes, 0);
  } catch {
    return 0;
  }
}

interface ProcessMemory {
  readonly pid: number;
  readonly parent: number;
  readonly bytes: number;
}

/** A process that has ended meanwhile, or is another user's, holds nothing. */
function readProcess(name: string): ProcessMemory {
  try {
    const parent = /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${name}/status`, "utf8"))?.[1];
    const kilobytes = /^Pss:\s*(\d+)/m.exec(readFileSync(`/proc/${name}/smaps_rollup`, "utf8"))?.[1];
    return { pid: Number(name), parent: Number(parent), bytes: 1_024 * Number(kilobytes ?? 0) };
  } catch {
    return { pid: Number(name), parent: 0, bytes: 0 };
  }
}

function below(pid: number, processes: readonly ProcessMemory[]): ProcessMemory[] {
  const children = processes.filter(({ parent }) => parent === pid);
  return children.flatMap((child) => [child, ...below(child.pid, processes)]);
}
