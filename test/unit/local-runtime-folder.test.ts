import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";

import { makeRuntimeFolder } from "../../local/runtime-folder.ts";

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(path.join(tmpdir(), "backline-sweep-"));
});
afterEach(async () => {
  await rm(parent, { recursive: true, force: true });
});

/** A process that has ended just now. */
const deadPid = () => spawnSync(process.execPath, ["-e", ""]).pid;

async function folder(name: string, owner?: string): Promise<string> {
  const made = path.join(parent, name);
  await mkdir(made);
  if (owner !== undefined) await writeFile(path.join(made, "owner"), owner);
  return made;
}

describe("a runtime's folder", () => {
  test("is made after those of dead runtimes are gone", async () => {
    const dead = await folder("backline-aaaaaa", `${hostname()} ${deadPid()}\n`);
    const own = await makeRuntimeFolder(parent);
    expect(existsSync(dead)).toBe(false);
    expect(path.basename(own)).toMatch(/^backline-[A-Za-z0-9]{6}$/);
  });

  test("stays while its runtime lives", async () => {
    const first = await makeRuntimeFolder(parent);
    await makeRuntimeFolder(parent);
    expect(existsSync(first)).toBe(true);
  });

  test.each([
    ["nobody's", "backline-bbbbbb", () => undefined],
    ["another machine's", "backline-cccccc", () => `elsewhere ${deadPid()}\n`],
    ["one with a broken owner", "backline-dddddd", () => `${hostname()} \n`],
    ["one of all processes", "backline-eeeeee", () => `${hostname()} -1\n`],
    ["another kind's", "backline-tiny-ffffff", () => `${hostname()} ${deadPid()}\n`],
  ])("that is %s stays", async (_kind, name, owner) => {
    const made = await folder(name, owner());
    await makeRuntimeFolder(parent);
    expect(existsSync(made)).toBe(true);
  });

  test("is not looked for behind a link", async () => {
    const target = await folder("target", `${hostname()} ${deadPid()}\n`);
    await symlink(target, path.join(parent, "backline-gggggg"));
    await makeRuntimeFolder(parent);
    expect(existsSync(path.join(target, "owner"))).toBe(true);
  });
});
