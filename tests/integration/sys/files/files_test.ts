import { assertEquals, assertThrows } from "@std/assert";
import { ERRNO, SystemError } from "../../../../lib/base/errors.ts";
import { findExecutable } from "../../../../lib/sys/paths/executable.ts";
import { readTextFile, removeFile } from "../../../../lib/sys/files/files.ts";
import { configFiles } from "../../../../lib/sys/paths/config_files.ts";
import { shellRunner } from "../../../../lib/sys/launch/backtick.ts";
import { prepareRunDir } from "../../../../lib/sys/files/run_dir.ts";
import { test } from "../../test.ts";
import { isRoot, PATH } from "../observed_os.ts";

/** Runs `use` with a directory that is gone afterwards. */
function withDirectory(use: (directory: string) => void): void {
  const directory = Deno.makeTempDirSync();
  try {
    Deno.chmodSync(directory, 0o755);
    use(directory);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

function errnoOf(act: () => unknown): number {
  return assertThrows(act, SystemError).errno;
}

test("readTextFile tells a missing file from one that cannot be a text", () =>
  withDirectory((directory) => {
    Deno.writeTextFileSync(`${directory}/pid`, "42\n");
    assertEquals(readTextFile(`${directory}/pid`), "42\n");
    assertEquals(readTextFile(`${directory}/none`), undefined);
    assertEquals(readTextFile(`${directory}/pid/below`), undefined);
    assertEquals(readTextFile("/proc/self/comm")?.endsWith("\n"), true);
    assertEquals(errnoOf(() => readTextFile(directory)), ERRNO.EISDIR);
    assertEquals(errnoOf(() => readTextFile("/dev/zero")), ERRNO.EINVAL);
    Deno.truncateSync(`${directory}/pid`, 9 * 1024 * 1024);
    assertEquals(errnoOf(() => readTextFile(`${directory}/pid`)), ERRNO.EFBIG);
  }));

test("removeFile accepts that there is none", () =>
  withDirectory((directory) => {
    Deno.writeTextFileSync(`${directory}/pid`, "");
    removeFile(`${directory}/pid`);
    removeFile(`${directory}/pid`);
    assertEquals([...Deno.readDirSync(directory)].length, 0);
  }));

test("configFiles reads, lists and follows links", () =>
  withDirectory((directory) => {
    Deno.writeTextFileSync(`${directory}/.a.conf`, "ü");
    Deno.symlinkSync(directory, `${directory}/link`);
    Deno.symlinkSync("/none", `${directory}/dangling`);
    assertEquals(configFiles.stat(`${directory}/.a.conf`), "file");
    assertEquals(configFiles.stat(`${directory}/link`), "directory");
    assertEquals(configFiles.stat(`${directory}/dangling`), undefined);
    assertEquals([...configFiles.list(directory)].sort(), [".a.conf", "dangling", "link"]);
    assertEquals(configFiles.read(`${directory}/.a.conf`), "ü");
    assertEquals(errnoOf(() => configFiles.read(`${directory}/none`)), ERRNO.ENOENT);
    assertEquals(errnoOf(() => configFiles.read("/dev/zero")), ERRNO.EINVAL);
    assertEquals(errnoOf(() => configFiles.read("/dev/zero", { isNamed: true })), ERRNO.EFBIG);
    new Deno.Command("mkfifo", { args: [`${directory}/b.conf`] }).outputSync();
    assertEquals(errnoOf(() => configFiles.read(`${directory}/b.conf`)), ERRNO.EINVAL);
    Deno.writeTextFileSync(`${directory}/tab`, "\ufeffü");
    assertEquals(configFiles.readFor(`${directory}/tab`, undefined), "ü");
    assertEquals(errnoOf(() => configFiles.readFor(`${directory}/none`, undefined)), ERRNO.ENOENT);
    assertEquals(errnoOf(() => configFiles.readFor("/dev/zero", undefined)), ERRNO.EINVAL);
  }));

test("findExecutable searches PATH for regular executable files only", () =>
  withDirectory((directory) => {
    Deno.mkdirSync(`${directory}/first/tool`, { recursive: true });
    Deno.mkdirSync(`${directory}/second`);
    Deno.mkdirSync(`${directory}/third`);
    Deno.writeTextFileSync(`${directory}/second/tool`, "", { mode: 0o644 });
    Deno.writeTextFileSync(`${directory}/third/tool`, "", { mode: 0o755 });
    const path = ["first", "second", "third/"].map((name) => `${directory}/${name}`).join(":");
    const find = (word: string, variable?: string) => findExecutable(word, variable);
    const found = { kind: "found", path: `${directory}/third/tool` } as const;
    assertEquals(find("tool", path), found);
    assertEquals(find(`${directory}/third/tool`), found);
    assertEquals(find("~root/none"), { kind: "missing", path: "/root/none" });
    assertEquals(find("~nobody-here/tool").kind, "missing");
    assertEquals(find("tool", `${directory}/second`), { kind: "missing", path: "tool" });
    assertEquals(find(`${directory}/second/tool`), {
      kind: "not-executable",
      path: `${directory}/second/tool`,
    });
    assertEquals(find(`${directory}/first/tool`).kind, "not-executable");
    assertEquals(find("sh").kind, "found");
  }));

test("shellRunner returns both streams in order, or what there is to say about a failure", () => {
  const run = shellRunner({ PATH, X: "1" });
  assertEquals(run("echo $X$Y; echo b >&2; echo c", undefined), { ok: true, output: "1\nb\nc\n" });
  assertEquals(run("echo a; exit 3", undefined), {
    ok: false,
    output: "'echo a; exit 3' exited with code 3",
  });
  assertEquals(run("kill -TERM $$", undefined).ok, false);
  assertEquals(run("fi", undefined).ok, false);
  if (!isRoot) return;
  assertEquals(run("id -u; id -g", { uid: 1234, gid: 2345, groups: [] }).output, "1234\n2345\n");
  assertEquals(run("id -u", undefined).output, "0\n");
});

test("shellRunner kills a command with all that it started when its time is out", () => {
  const run = shellRunner({ PATH }, 300);
  const mark = crypto.randomUUID();
  const late = { ok: false, output: "" };
  const COMMANDS = [
    `echo ${mark}; sleep 60`,
    `: ${mark}; sleep 60 & exit 0`,
    `: ${mark}; exec >&- 2>&-; sleep 60`,
    `: ${mark}; trap '' TERM INT HUP; while :; do sleep 1; done`,
  ];
  for (const command of COMMANDS) {
    const startMs = performance.now();
    const { ok, output } = run(command, undefined);
    const text = `'${command}' had not ended after 0.3 s and was killed`;
    assertEquals({ ok, output }, { ...late, output: text });
    assertEquals(performance.now() - startMs < 5000, true);
  }
  const left = [...Deno.readDirSync("/proc")].filter(({ name }) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return Deno.readTextFileSync(`/proc/${name}/cmdline`).includes(mark);
    } catch {
      return false; // ENOENT: it ended.
    }
  });
  assertEquals(left, []);
});

test("shellRunner does not take in more than a variable could hold", () => {
  const run = shellRunner({ PATH });
  const much = run("head -c 1048576 /dev/zero | tr '\\0' x", undefined);
  assertEquals([much.ok, much.output.length], [true, 1048576]);
  assertEquals(run("yes", undefined), {
    ok: false,
    output: "'yes' printed more than 1 MiB and was killed",
  });
});

test("prepareRunDir makes a directory for its owner alone and takes no other's", () =>
  withDirectory((directory) => {
    const path = `${directory}/run`;
    assertEquals(prepareRunDir(path), path);
    Deno.chmodSync(path, 0o755);
    assertEquals(prepareRunDir(path), path);
    assertEquals((Deno.statSync(path).mode ?? 0) & 0o777, 0o700);
    assertEquals([...Deno.readDirSync(path)].length, 0);
    Deno.symlinkSync(path, `${directory}/link`);
    assertEquals(errnoOf(() => prepareRunDir(`${directory}/link`)), ERRNO.EPERM);
    Deno.writeTextFileSync(`${directory}/file`, "");
    assertEquals(errnoOf(() => prepareRunDir(`${directory}/file`)), ERRNO.EPERM);
    assertEquals(errnoOf(() => prepareRunDir("/proc/chaperone")), ERRNO.ENOENT);
    if (!isRoot) return;
    Deno.chownSync(path, 1234, 1234);
    assertEquals(errnoOf(() => prepareRunDir(path)), ERRNO.EPERM);
  }));
