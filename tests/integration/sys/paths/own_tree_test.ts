/** What is given to an owner, and what is left: as root, on this machine's file system. */
import { assertEquals, assertThrows } from "@std/assert";
import { SystemError } from "../../../../lib/base/errors.ts";
import { libc } from "../../../../lib/sys/libc/libc.ts";
import { ownTree } from "../../../../lib/sys/paths/own_tree.ts";
import { test } from "../../test.ts";

Object.values(libc());

const isRoot = Deno.uid() === 0;
const OWNER = { uid: 4001, gid: 4002 };

async function inFolder(act: (folder: string) => void | Promise<void>): Promise<void> {
  if (!isRoot) return;
  const folder = await Deno.makeTempDir({ prefix: "chaperone-own-" });
  try {
    await act(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function ownerOf(path: string): string {
  const { uid, gid } = Deno.lstatSync(path);
  return `${uid}:${gid}`;
}

function own(path: string) {
  const { looked, changed, linked, devices, mounts, deep, isReadOnly } = ownTree(
    path,
    OWNER,
    () => {},
  );
  return { looked, changed, left: [linked, devices, mounts, deep], isReadOnly };
}

test("a tree is given away once, what is right is not written", () =>
  inFolder((folder) => {
    Deno.mkdirSync(`${folder}/data/a/b`, { recursive: true });
    for (const name of ["x", "a/y", "a/b/.z"]) Deno.writeTextFileSync(`${folder}/data/${name}`, "");
    const all = { looked: 6, changed: 6, left: [0, 0, 0, 0], isReadOnly: false };
    assertEquals(own(`${folder}/data`), all);
    const before = Deno.statSync(`${folder}/data/x`).ctime;
    assertEquals(own(`${folder}/data`), { ...all, changed: 0 });
    assertEquals(Deno.statSync(`${folder}/data/x`).ctime, before);
    for (const name of ["", "x", "a", "a/y", "a/b/.z"]) {
      assertEquals(ownerOf(`${folder}/data/${name}`), "4001:4002", name);
    }
    assertEquals(ownerOf(folder), "0:0");
    Deno.chownSync(`${folder}/data/a/y`, 0, 0);
    assertEquals(own(`${folder}/data`), { ...all, changed: 1 });
    // A file alone, too.
    Deno.chownSync(`${folder}/data/x`, 0, 0);
    assertEquals(own(`${folder}/data/x`), { ...all, looked: 1, changed: 1 });
  }));

test("no link is followed, and none of somebody else's on the way", () =>
  inFolder((folder) => {
    Deno.mkdirSync(`${folder}/data`);
    Deno.mkdirSync(`${folder}/other`);
    Deno.writeTextFileSync(`${folder}/other/file`, "");
    Deno.symlinkSync(`${folder}/other`, `${folder}/data/directory`);
    Deno.symlinkSync(`${folder}/other/file`, `${folder}/data/file`);
    assertEquals(own(`${folder}/data`).changed, 3);
    assertEquals([ownerOf(`${folder}/other`), ownerOf(`${folder}/other/file`)], ["0:0", "0:0"]);
    assertEquals(ownerOf(`${folder}/data/file`), "4001:4002");
    // The link is that user's by now.
    assertThrows(() => own(`${folder}/data/directory/file`), SystemError);
    assertEquals(ownerOf(`${folder}/other/file`), "0:0");
  }));

test("a file with several names is left, but where root alone can have put it", () =>
  inFolder((folder) => {
    Deno.mkdirSync(`${folder}/data/roots`, { recursive: true });
    Deno.mkdirSync(`${folder}/data/open`);
    Deno.writeTextFileSync(`${folder}/secret`, "");
    Deno.writeTextFileSync(`${folder}/data/roots/one`, "");
    Deno.linkSync(`${folder}/data/roots/one`, `${folder}/data/roots/two`);
    Deno.linkSync(`${folder}/secret`, `${folder}/data/open/secret`);
    Deno.chownSync(`${folder}/data/open`, 4003, 4003);
    assertEquals(own(`${folder}/data`).left, [1, 0, 0, 0]);
    assertEquals(ownerOf(`${folder}/secret`), "0:0");
    assertEquals(ownerOf(`${folder}/data/roots/two`), "4001:4002");
    // One that is the user's already gets its group.
    Deno.chownSync(`${folder}/secret`, 4001, 0);
    assertEquals(own(`${folder}/data`).left, [0, 0, 0, 0]);
  }));

test("what lies too deep is left, and something missing is told", () =>
  inFolder((folder) => {
    Deno.mkdirSync(`${folder}/data/${"d/".repeat(260)}`, { recursive: true });
    assertEquals(own(`${folder}/data`), {
      ...{ looked: 257, changed: 256, left: [0, 0, 0, 1], isReadOnly: false },
    });
    assertThrows(() => own(`${folder}/none`), SystemError, "No such file or directory");
  }));
