/** Finding the files of patterns, through links as Kubernetes and certbot make them, and being told. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { compileGlob } from "../../../../lib/config/environment/glob.ts";
import { openChangeQueue } from "../../../../lib/sys/watch/change_queue.ts";
import { libc } from "../../../../lib/sys/libc/libc.ts";
import { FileStamps } from "../../../../lib/sys/watch/file_stamps.ts";
import { WatchedFiles } from "../../../../lib/sys/watch/watched_files.ts";
import { test } from "../../../test.ts";

// Opened here, the C library does not count as something that a test left behind.
Object.values(libc());
const NO_POLLER = { pollDescriptor: () => () => {} };
for (let call = 0; call < 70; call++) {
  const queue = openChangeQueue(NO_POLLER);
  new WatchedFiles({ compile: compileGlob, queueFd: -1 }).find("/proc/self/status");
  queue?.read();
  queue?.close();
}

async function withTree(act: (dir: string) => Promise<void> | void): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await act(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

function write(path: string, text = ""): void {
  Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  Deno.writeTextFileSync(path, text);
}

function found(pattern: string, dir: string): string[] {
  const files = new WatchedFiles({ compile: compileGlob });
  return files.find(`${dir}/${pattern}`).map(({ path }) => path.slice(dir.length + 1)).sort();
}

test("WatchedFiles finds paths and patterns, and leaves hidden names out", () =>
  withTree((dir) => {
    for (const name of ["a.conf", "b.conf", ".c.conf", "sub/d.conf", "sub/deep/e.conf", "x"]) {
      write(`${dir}/${name}`);
    }
    assertEquals(found("a.conf", dir), ["a.conf"]);
    assertEquals(found("none", dir), []);
    assertEquals(found("*.conf", dir), ["a.conf", "b.conf"]);
    assertEquals(found("**/*.conf", dir), ["a.conf", "b.conf", "sub/d.conf", "sub/deep/e.conf"]);
    assertEquals(found("sub", dir), ["sub/d.conf", "sub/deep/e.conf"]);
    assertEquals(found("sub/**", dir), ["sub/d.conf", "sub/deep/e.conf"]);
    assertEquals(found("*/deep/e.????", dir), ["sub/deep/e.conf"]);
  }));

test("WatchedFiles goes through links, round in no circle, and into no FIFO", () =>
  withTree(async (dir) => {
    write(`${dir}/real/one/key.pem`);
    await Deno.symlink("real/one", `${dir}/live`);
    await Deno.symlink("..", `${dir}/real/up`);
    await Deno.symlink("self", `${dir}/self`);
    await new Deno.Command("mkfifo", { args: [`${dir}/real/pipe`] }).output();
    assertEquals(found("live/*", dir), ["live/key.pem"]);
    assertEquals(found("real/**", dir).includes("real/one/key.pem"), true);
    assertEquals(found("real/pipe", dir), []);
    assertEquals(found("self", dir), []);
  }));

test("watch: Kubernetes' exchange of ..data is told, and changes the stamps", () =>
  withTree(async (dir) => {
    write(`${dir}/..1/app.conf`, "one");
    await Deno.symlink("..1", `${dir}/..data`);
    await Deno.symlink("..data/app.conf", `${dir}/app.conf`);
    const queue = openChangeQueue(NO_POLLER);
    if (queue === undefined) throw new Error("no inotify");
    const look = async () => {
      const files = new WatchedFiles({ compile: compileGlob, queueFd: queue.descriptor });
      const [file, ...others] = files.find(`${dir}/**`);
      assertEquals(others, []);
      return [file && await new FileStamps(undefined).of(file), files.names.has("..data")];
    };
    const [before, isNamed] = await look();
    assertEquals(isNamed, true);
    write(`${dir}/..2/app.conf`, "two");
    await Deno.symlink("..2", `${dir}/..data_tmp`);
    queue.read();
    await Deno.rename(`${dir}/..data_tmp`, `${dir}/..data`);
    assertEquals(queue.read().names.has("..data"), true);
    const [after] = await look();
    assertEquals(after === before, false);
    queue.close();
  }));

/** Of each change, whether the kernel told anything of it to who looked just before. */
const ABOVE: readonly (readonly [what: string, isTold: boolean, change: (dir: string) => void])[] =
  [
    ["another directory above is made", false, (dir) => Deno.mkdirSync(`${dir}/other`)],
    ["a file beside the directory above", false, (dir) => write(`${dir}/a/other`)],
    ["the directory above is moved", true, (dir) => Deno.renameSync(`${dir}/a`, `${dir}/b`)],
    ["the directory is moved", true, (dir) => Deno.renameSync(`${dir}/a/b/c`, `${dir}/c`)],
    ["all of it is removed", true, (dir) => Deno.removeSync(`${dir}/a`, { recursive: true })],
    ["the directory is removed", true, (dir) => Deno.removeSync(`${dir}/a/b/c`)],
    ["something is made in it", true, (dir) => write(`${dir}/a/b/c/d.conf`)],
  ];

for (const [what, isTold, change] of ABOVE) {
  test(`watch: ${what}: ${isTold ? "told" : "wakes nobody"}`, () =>
    withTree((dir) => {
      Deno.mkdirSync(`${dir}/a/b/c`, { recursive: true });
      const queue = openChangeQueue(NO_POLLER);
      if (queue === undefined) throw new Error("no inotify");
      new WatchedFiles({ compile: compileGlob, queueFd: queue.descriptor }).find(
        `${dir}/a/b/c/*.conf`,
      );
      change(dir);
      const { names, isUnnamed } = queue.read();
      assertEquals(names.size > 0 || isUnnamed, isTold);
      queue.close();
    }));
}

test("watch: a directory that is missing, or a link, is told by the one above", () =>
  withTree((dir) => {
    Deno.mkdirSync(`${dir}/real/c`, { recursive: true });
    Deno.mkdirSync(`${dir}/next/c`, { recursive: true });
    Deno.symlinkSync("real", `${dir}/link`);
    const queue = openChangeQueue(NO_POLLER);
    if (queue === undefined) throw new Error("no inotify");
    const files = new WatchedFiles({ compile: compileGlob, queueFd: queue.descriptor });
    for (const path of ["later/b/c/*.conf", "link/c/*.conf"]) files.find(`${dir}/${path}`);
    Deno.mkdirSync(`${dir}/later`);
    assertEquals([...queue.read().names], ["later"]);
    Deno.symlinkSync("next", `${dir}/new`);
    Deno.renameSync(`${dir}/new`, `${dir}/link`);
    assertEquals(queue.read().names.has("link"), true);
    queue.close();
  }));

test("FileStamps are the same after a touch, and others after a write of the same size", () =>
  withTree(async (dir) => {
    const path = `${dir}/a`;
    const stamp = async () => {
      const [file] = new WatchedFiles({ compile: compileGlob }).find(path);
      return file && await new FileStamps(undefined).of(file);
    };
    write(path, "one");
    const first = await stamp();
    await Deno.utime(path, 1, 1);
    assertEquals(await stamp(), first);
    write(path, "two");
    const second = await stamp();
    assertEquals(second === first, false);
    await Deno.truncate(path, 5 * 1024 * 1024);
    assertStringIncludes(await stamp() ?? "", " 5242880 ");
  }));

test("WatchedFiles says where the kernel does not tell", () => {
  const files = new WatchedFiles({ compile: compileGlob });
  files.find("/proc/self/status");
  assertStringIncludes(files.blind ?? "", "is on proc");
});

test("watch: a user's link to a file of root's is told apart by time, and not read", () =>
  withTree(async (dir) => {
    const identity = { uid: 4001, gid: 4001, groups: [] };
    await Deno.chmod(dir, 0o755);
    write(`${dir}/roots/secret`, "one");
    write(`${dir}/mine/own`, "one");
    await Deno.chmod(`${dir}/roots/secret`, 0o600);
    await Deno.symlink("../roots/secret", `${dir}/mine/link`);
    await new Deno.Command("chown", { args: ["-h", "4001", `${dir}/mine`, `${dir}/mine/link`] })
      .output();
    const files = new WatchedFiles({ identity, compile: compileGlob });
    const stamps: Record<string, string> = {};
    for (const file of files.find(`${dir}/mine/*`)) {
      const name = file.path.slice(`${dir}/mine/`.length);
      stamps[name] = await new FileStamps(identity).of(file) ?? "none";
    }
    assertMatch(stamps["own"] ?? "", /^[0-9a-f]{16}$/);
    assertMatch(stamps["link"] ?? "", / 3 \d+$/);
    const [roots] = files.find(`${dir}/roots/secret`);
    const control = roots && await new FileStamps(identity).of(roots);
    assertEquals(control, stamps["own"], "what only root can have put there is read for it");
  }));
