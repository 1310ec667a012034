import { type Dirent, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp, readdir } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";

const PREFIX = "backline-";
/** As `mkdtemp` names a runtime's folder; those of tests and tools carry a word more. */
const FOLDER_NAME = /^backline-[A-Za-z0-9]{6}$/;
/** Whose the folder is: the machine's name and the process id. Another container may share the folder, not the processes. */
const OWNER_FILE = "owner";

/** A folder for one runtime, in `parent`. Removes first what dead runtimes have left there. */
export async function makeRuntimeFolder(parent: string): Promise<string> {
  await sweepDeadFolders(parent);
  const folder = await mkdtemp(path.join(parent, PREFIX));
  writeFileSync(path.join(folder, OWNER_FILE), ownerText(process.pid));
  return folder;
}

const ownerText = (pid: number): string => `${hostname()} ${pid}\n`;

/** A folder in doubt stays: some megabytes too many harm nobody, a living runtime without its files does. */
async function sweepDeadFolders(parent: string): Promise<void> {
  const entries = await readdir(parent, { withFileTypes: true });
  for (const folder of entries.filter(isRuntimeFolder).map(({ name }) => path.join(parent, name))) {
    try {
      const owner = readFileSync(path.join(folder, OWNER_FILE), "utf8");
      const pid = Number(owner.trimEnd().split(" ").at(-1));
      if (owner === ownerText(pid) && isDead(pid)) rmSync(folder, { recursive: true, force: true });
    } catch {
      // No owner's file, or another user's folder.
    }
  }
}

const isRuntimeFolder = (entry: Dirent): boolean => entry.isDirectory() && FOLDER_NAME.test(entry.name);

/** Sure only if there is no such process at all; one of another user, or a later one with the same id, is a living one. */
function isDead(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return typeof error === "object" && error !== null && "code" in error && error.code === "ESRCH";
  }
}
