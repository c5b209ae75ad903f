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
for (let call = 0; call < 70; call++) {
  new WatchedFiles({ compile: compileGlob, queueFd: -1 }).find("/proc/self/status");
}

const NO_POLLER = { pollDescriptor: () => () => {} };

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
