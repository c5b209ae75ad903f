import { assertEquals, assertThrows } from "@std/assert";
import { SystemError } from "../../../lib/base/errors.ts";
import type { Identity } from "../../../lib/base/identity.ts";
import { test } from "../test.ts";
import { append, createWorkbench, inDirectory, LIMIT_MS, open, until, write } from "./workbench.ts";

const isRoot = Deno.uid() === 0;
const OWNER: Identity = { uid: 4711, gid: 4712, groups: [] };

/** For tests of what only root can do. */
function rootTest(name: string, run: () => Promise<void>): void {
  if (isRoot) test(name, run);
}

const read = (path: string) => Deno.readTextFileSync(path);

test("a log file is made with its directories and appended to", () =>
  inDirectory(async (path) => {
    for (const text of ["one", "two"]) {
      const { set, reports } = createWorkbench();
      write(open(set, { file: `${path}/a/b/x.log` }), text);
      await set.drain(LIMIT_MS);
      set.close();
      assertEquals(reports, []);
    }
    assertEquals(read(`${path}/a/b/x.log`), "one\ntwo\n");
    assertEquals(((await Deno.stat(`${path}/a`)).mode ?? 0) & 0o777, 0o755);
  }));

test("a log file is emptied at start with overwrite", () =>
  inDirectory(async (path) => {
    await Deno.writeTextFile(`${path}/x`, "old\n");
    const { set } = createWorkbench();
    write(open(set, { file: `${path}/x`, overwrite: true }), "new");
    await set.drain(LIMIT_MS);
    set.close();
    assertEquals(read(`${path}/x`), "new\n");
  }));

test("a log file that cannot be opened fails at start with the text of the system", () =>
  inDirectory((path) => {
    Deno.writeTextFileSync(`${path}/file`, "");
    const { set } = createWorkbench();
    assertThrows(
      () => open(set, { file: `${path}/file/x` }),
      SystemError,
      `Not a directory: '${path}/file/x'`,
    );
    assertThrows(() => open(set, { file: path }), SystemError, "Is a directory");
    return Promise.resolve();
  }));

test("two sections that name a file share its sink and keep the order of lines", () =>
  inDirectory(async (path) => {
    const { set } = createWorkbench();
    const [one, two] = [open(set, { file: `${path}/x` }), open(set, { file: `${path}/x` })];
    assertEquals(one === two, true);
    for (const text of ["1", "2", "3", "4"]) append(Number(text) % 2 === 0 ? two : one, text);
    await set.drain(LIMIT_MS);
    set.close();
    assertEquals(read(`${path}/x`), "1\n2\n3\n4\n");
  }));

test("a log file that was renamed or removed appears again within a second", () =>
  inDirectory(async (path) => {
    const { set } = createWorkbench();
    const sink = open(set, { file: `${path}/logs/x` });
    write(sink, "0");
    await set.drain(LIMIT_MS);
    const gone = [
      () => Deno.renameSync(`${path}/logs/x`, `${path}/old`),
      () => Deno.removeSync(`${path}/logs/x`),
      () => Deno.removeSync(`${path}/logs`, { recursive: true }),
    ];
    for (const act of gone) {
      act();
      await until("the file is back", () => {
        write(sink, "again");
        return fileExists(`${path}/logs/x`);
      });
    }
    await set.drain(LIMIT_MS);
    set.close();
    assertEquals(read(`${path}/old`).startsWith("0\n"), true);
  }));

test("all log files are opened anew at once when told to", () =>
  inDirectory(async (path) => {
    const { set } = createWorkbench();
    const sinks = ["a", "b"].map((name) => open(set, { file: `${path}/${name}` }));
    for (const name of ["a", "b"]) await Deno.rename(`${path}/${name}`, `${path}/${name}.old`);
    set.reopen();
    assertEquals([fileExists(`${path}/a`), fileExists(`${path}/b`)], [true, true]);
    for (const sink of sinks) write(sink, "new");
    await set.drain(LIMIT_MS);
    set.close();
    assertEquals([read(`${path}/a`), read(`${path}/b.old`)], ["new\n", ""]);
  }));

test("a FIFO that nobody reads fails at start instead of blocking", () =>
  inDirectory(async (path) => {
    await new Deno.Command("mkfifo", { args: [`${path}/fifo`] }).output();
    const { set } = createWorkbench();
    assertThrows(
      () => open(set, { file: `${path}/fifo` }),
      SystemError,
      "No such device or address",
    );
  }));

test("a log file may be a link of chaperone's own user, to a device or from /proc", () =>
  inDirectory(async (path) => {
    await Deno.mkdir(`${path}/data`);
    await Deno.symlink("data", `${path}/link`);
    await Deno.symlink("x", `${path}/data/y`);
    const { set, reports } = createWorkbench();
    write(open(set, { file: `${path}/link/y` }), "one");
    write(open(set, { file: "/dev/null" }), "two");
    await set.drain(LIMIT_MS);
    set.close();
    assertEquals([read(`${path}/data/x`), reports], ["one\n", []]);
  }));

rootTest(
  "a log file and its new directories belong to the section's user",
  () =>
    inDirectory(async (path) => {
      await Deno.writeTextFile(`${path}/old`, "");
      const { set } = createWorkbench();
      open(set, { file: `${path}/a/x`, identity: OWNER });
      open(set, { file: `${path}/old`, identity: OWNER });
      await set.drain(LIMIT_MS);
      set.close();
      const owners = [`${path}/a`, `${path}/a/x`, `${path}/old`].map((name) => {
        const { uid, gid, mode } = Deno.statSync(name);
        return [uid, gid, (mode ?? 0) & 0o777];
      });
      const umask = Deno.umask();
      assertEquals(owners, [[4711, 4712, 0o775 & ~umask], [4711, 4712, 0o664], [
        4711,
        4712,
        0o664,
      ]]);
    }),
);

rootTest(
  "a log file that its service replaced by a link to a foreign file is not written",
  () =>
    inDirectory(async (path) => {
      await Deno.chmod(path, 0o755);
      await Deno.writeTextFile(`${path}/secret`, "secret\n", { mode: 0o600 });
      await Deno.mkdir(`${path}/home`);
      await Deno.chown(`${path}/home`, OWNER.uid, OWNER.gid);
      await asOwner(["ln", "-s", `${path}/secret`, `${path}/home/file`]);
      await asOwner(["ln", "-s", path, `${path}/home/directory`]);
      const { set } = createWorkbench();
      for (const identity of [undefined, OWNER]) {
        for (const name of ["file", "directory/secret", "directory/new"]) {
          const file = `${path}/home/${name}`;
          const values = identity === undefined ? { file } : { file, identity };
          assertThrows(
            () => open(set, values),
            SystemError,
            "Too many levels of symbolic links",
            file,
          );
        }
      }
      assertEquals([read(`${path}/secret`), fileExists(`${path}/new`)], ["secret\n", false]);
      assertEquals((await Deno.stat(`${path}/secret`)).uid, 0);
    }),
);

rootTest(
  "a log file may be a link of its user to where that user may write",
  () =>
    inDirectory(async (path) => {
      await Deno.chmod(path, 0o755);
      await Deno.mkdir(`${path}/home`);
      await Deno.chown(`${path}/home`, OWNER.uid, OWNER.gid);
      await asOwner(["ln", "-s", `${path}/home/real`, `${path}/home/x`]);
      const { set } = createWorkbench();
      write(open(set, { file: `${path}/home/x`, identity: OWNER }), "one");
      await set.drain(LIMIT_MS);
      set.close();
      assertEquals(read(`${path}/home/real`), "one\n");
      assertEquals((await Deno.stat(`${path}/home/real`)).uid, OWNER.uid);
    }),
);

rootTest("a hard link to a foreign file is not given away", () =>
  inDirectory((path) => {
    Deno.writeTextFileSync(`${path}/secret`, "secret\n");
    Deno.mkdirSync(`${path}/home`);
    Deno.linkSync(`${path}/secret`, `${path}/home/x`);
    Deno.chownSync(`${path}/home`, OWNER.uid, OWNER.gid);
    const { set } = createWorkbench();
    assertThrows(
      () => open(set, { file: `${path}/home/x`, identity: OWNER, overwrite: true }),
      SystemError,
      "Operation not permitted",
    );
    assertEquals([read(`${path}/secret`), Deno.statSync(`${path}/secret`).uid], ["secret\n", 0]);
    return Promise.resolve();
  }));

async function asOwner(argv: string[]): Promise<void> {
  const [command, ...args] = argv as [string, ...string[]];
  const { uid, gid } = OWNER;
  const { success } = await new Deno.Command(command, { args, uid, gid }).output();
  assertEquals(success, true);
}

function fileExists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

rootTest(
  "F-008: a file of root in a directory of the section's user is neither given away nor written",
  () =>
    inDirectory(async (path) => {
      await Deno.mkdir(`${path}/home`);
      await Deno.writeTextFile(`${path}/home/x.log`, "secret\n", { mode: 0o600 });
      await Deno.chown(`${path}/home`, OWNER.uid, OWNER.gid);
      const { set } = createWorkbench();
      assertThrows(
        () => open(set, { file: `${path}/home/x.log`, identity: OWNER }),
        SystemError,
        "it belongs to user 0 in a directory of user 4711, and is not touched",
      );
      const { uid, mode } = await Deno.stat(`${path}/home/x.log`);
      assertEquals([uid, (mode ?? 0) & 0o777], [0, 0o600]);
      // The control: a new one is the user's, and is taken when it is opened again.
      for (let time = 0; time < 2; time++) {
        open(createWorkbench().set, { file: `${path}/home/y.log`, identity: OWNER });
      }
      assertEquals((await Deno.stat(`${path}/home/y.log`)).uid, OWNER.uid);
      set.close();
    }),
);

rootTest(
  "a file that another user has put where everybody may write is no log file",
  () =>
    inDirectory((path) => {
      Deno.writeTextFileSync(`${path}/planted`, "", { mode: 0o666 });
      Deno.chownSync(`${path}/planted`, 4713, 4713);
      Deno.writeTextFileSync(`${path}/owners`, "");
      Deno.chownSync(`${path}/owners`, OWNER.uid, OWNER.gid);
      Deno.chmodSync(path, 0o1777);
      const { set } = createWorkbench();
      assertThrows(
        () => open(set, { file: `${path}/planted`, identity: OWNER }),
        SystemError,
        "it belongs to user 4713 in a directory that everybody may write, and is not touched",
      );
      open(set, { file: `${path}/owners`, identity: OWNER });
      // The control: the group of a directory of root's is whom root trusts.
      Deno.chmodSync(path, 0o775);
      open(set, { file: `${path}/planted`, identity: OWNER });
      set.close();
      return Promise.resolve();
    }),
);

rootTest(
  "F-120: a FIFO or a device that root did not make is no log file",
  () =>
    inDirectory(async (path) => {
      await Deno.mkdir(`${path}/home`);
      await Deno.chown(`${path}/home`, OWNER.uid, OWNER.gid);
      await new Deno.Command("mkfifo", { args: [`${path}/home/theirs`, `${path}/home/roots`] })
        .output();
      await Deno.chown(`${path}/home/theirs`, OWNER.uid, OWNER.gid);
      const read = { read: true, write: true };
      using _theirs = await Deno.open(`${path}/home/theirs`, read);
      using _roots = await Deno.open(`${path}/home/roots`, read);
      const { set } = createWorkbench();
      assertThrows(
        () => open(set, { file: `${path}/home/theirs`, identity: OWNER }),
        SystemError,
        "it is not a regular file, and root did not make it",
      );
      open(set, { file: `${path}/home/roots`, identity: OWNER });
      set.close();
    }),
);
