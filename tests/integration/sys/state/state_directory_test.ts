/** The state directory in real file systems: what it refuses to use, and what it keeps. */
import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { SystemError } from "../../../../lib/base/errors.ts";
import { isHeld, openStateDirectory } from "../../../../lib/sys/state/state_directory.ts";
import {
  hasTerminationLog,
  openTerminationLog,
} from "../../../../lib/sys/state/termination_log.ts";
import { test } from "../../test.ts";

const CONFIGURED = { isConfigured: true };

async function withFolder(act: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "chaperone-state-" });
  try {
    await act(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function refusal(path: string, options = CONFIGURED): string {
  return assertThrows(() => openStateDirectory(path, options), SystemError).message;
}

test("a directory that is configured is made, for its owner alone; what is written stays", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/a/b`;
    const directory = openStateDirectory(path, CONFIGURED);
    assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o700);
    const file = directory.append("x");
    assertEquals(await file.write(new TextEncoder().encode("12345")), 5);
    file.close();
    assertEquals(((await Deno.stat(`${path}/x`)).mode ?? 0) & 0o777, 0o600);
    directory.rename("x", "y");
    assertEquals(new TextDecoder().decode(await directory.read("y", 3)), "345");
    assertEquals(await directory.read("x", 3), undefined);
    assertEquals(isHeld(path), true);
    assertStringIncludes(refusal(path), "another chaperone uses it");
    directory.close();
    assertEquals(isHeld(path), false);
  });
});

test("a file is replaced whole, by one that only chaperone can have made, and removed", async () => {
  await withFolder(async (folder) => {
    const directory = openStateDirectory(`${folder}/state`, CONFIGURED);
    const text = async () => new TextDecoder().decode(await directory.read("x", 100));
    const replace = (text: string) => directory.replace("x", new TextEncoder().encode(text));
    assertEquals(directory.has("x"), false);
    await replace("first, and long");
    await replace("second");
    assertEquals([await text(), directory.has("x")], ["second", true]);
    assertEquals(((await Deno.stat(`${folder}/state/x`)).mode ?? 0) & 0o777, 0o600);
    // What was left half written, or put there to be written through, is not used.
    await Deno.writeTextFile(`${folder}/other`, "other");
    await Deno.symlink(`${folder}/other`, `${folder}/state/x.new`);
    await replace("third");
    assertEquals([await text(), await Deno.readTextFile(`${folder}/other`)], ["third", "other"]);
    await Deno.mkdir(`${folder}/state/x.new`);
    await assertRejects(() => replace("fourth"), SystemError);
    assertEquals(await text(), "third");
    await directory.replace("x", undefined);
    await directory.replace("x", undefined);
    assertEquals(directory.has("x"), false);
    directory.close();
  });
});

test("a directory that nobody named is used only where it is there, and closed to others", async () => {
  await withFolder(async (folder) => {
    const options = { isConfigured: false };
    assertStringIncludes(refusal(`${folder}/none`, options), "No such file");
    await Deno.mkdir(`${folder}/open`);
    await Deno.chmod(`${folder}/open`, 0o777);
    assertStringIncludes(refusal(`${folder}/open`, options), "others than root may write it");
    openStateDirectory(`${folder}/open`, CONFIGURED).close();
    assertEquals(((await Deno.stat(`${folder}/open`)).mode ?? 0) & 0o777, 0o700);
  });
});

test("no link is followed: neither on the way nor in the place of a file", async () => {
  await withFolder((folder) => {
    Deno.mkdirSync(`${folder}/real`);
    Deno.symlinkSync(`${folder}/real`, `${folder}/link`);
    assertStringIncludes(refusal(`${folder}/link`), "'link' in it is a link");
    assertStringIncludes(refusal(`${folder}/link/x`), "'link' in it is a link");
    Deno.writeTextFileSync(`${folder}/victim`, "");
    Deno.symlinkSync(`${folder}/victim`, `${folder}/real/x`);
    Deno.linkSync(`${folder}/victim`, `${folder}/real/y`);
    new Deno.Command("mkfifo", { args: [`${folder}/real/z`] }).outputSync();
    const directory = openStateDirectory(`${folder}/real`, CONFIGURED);
    for (const name of ["x", "y", "z"]) {
      assertThrows(() => directory.append(name), SystemError, undefined, name);
    }
    directory.close();
  });
});

test("what a service's user owns, above or below, is not used", async () => {
  if (Deno.uid() !== 0) return;
  await withFolder((folder) => {
    Deno.mkdirSync(`${folder}/user/inner`, { recursive: true });
    Deno.chownSync(`${folder}/user`, 1234, 1234);
    assertStringIncludes(refusal(`${folder}/user`), "it belongs to user 1234");
    assertStringIncludes(refusal(`${folder}/user/inner`), "a directory above it");
    const directory = openStateDirectory(`${folder}/own`, CONFIGURED);
    Deno.writeTextFileSync(`${folder}/own/x`, "");
    Deno.chownSync(`${folder}/own/x`, 1234, 1234);
    assertThrows(() => directory.append("x"), SystemError, "not one of chaperone's own files");
    directory.close();
  });
});

test("of a file the end alone is read, however large somebody made it", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/x`, "");
    await Deno.truncate(`${folder}/x`, 64 * 1024 ** 3);
    await Deno.writeTextFile(`${folder}/x`, "the end", { append: true });
    const directory = openStateDirectory(folder, CONFIGURED);
    assertEquals(new TextDecoder().decode(await directory.read("x", 7)), "the end");
    assertEquals((await directory.read("x", 100_000))?.length, 100_000);
    directory.close();
  });
});

test("what others put into a directory that was open to all is not believed, but can be looked at", async () => {
  if (Deno.uid() !== 0) return;
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/x`, "planted");
    await Deno.chown(`${folder}/x`, 1234, 1234);
    await Deno.writeTextFile(`${folder}/y`, "");
    await Deno.link(`${folder}/y`, `${folder}/z`);
    const directory = openStateDirectory(folder, CONFIGURED);
    for (const name of ["x", "y", "z"]) {
      await assertRejects(
        () => directory.read(name, 9),
        SystemError,
        "not one of chaperone's own files",
      );
    }
    directory.close();
    const looked = openStateDirectory(folder, { ...CONFIGURED, readsOnly: true });
    assertEquals(new TextDecoder().decode(await looked.read("x", 9)), "planted");
    looked.close();
  });
});

test("a termination log is a file that is there already", async () => {
  await withFolder((folder) => {
    assertEquals(hasTerminationLog(`${folder}/none`), false);
    assertEquals(openTerminationLog(`${folder}/none`), undefined);
    Deno.writeTextFileSync(`${folder}/log`, "something longer");
    assertEquals(hasTerminationLog(`${folder}/log`), true);
    const log = openTerminationLog(`${folder}/log`);
    assertEquals(log?.text, "something longer");
    log?.write("exit 3");
    log?.close();
    assertEquals(Deno.readTextFileSync(`${folder}/log`), "exit 3");
    Deno.symlinkSync(`${folder}/log`, `${folder}/link`);
    assertEquals(openTerminationLog(`${folder}/link`), undefined);
  });
});
