/** Files that are given to their owners before services start. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { inNamespace } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, linesOf, python, runToEnd, sh } from "./scenario.ts";

const LAID_OUT = `chmod 755 "$dir"; mkdir -p "$dir/data/sub" "$dir/config" "$dir/mounted" "$dir/ro"
touch "$dir/data/file" "$dir/data/sub/file" "$dir/config/app.ini" "$dir/ro/file"
mknod "$dir/data/null" c 1 3; mkdir "$dir/data/other"
mount -t tmpfs tmpfs "$dir/data/other"; touch "$dir/data/other/file"
mount --bind "$dir/ro" "$dir/ro"; mount -o remount,bind,ro "$dir/ro"`;

/**
 * As an engine mounts single files of a host, `-v app.ini:/data/app.ini:ro`, over what an image has,
 * whose layers have devices of their own.
 */
const FILES_MOUNTED = `chmod 755 "$dir"; mkdir "$dir/host" "$dir/data" "$dir/lower" "$dir/upper"
for name in a b; do touch "$dir/host/$name" "$dir/lower/$name" "$dir/lower/file-$name"; done
mount -t tmpfs tmpfs "$dir/upper"; mkdir "$dir/upper/files" "$dir/upper/work"
mount -t overlay overlay "$dir/data" \\
  -o "lowerdir=$dir/lower,upperdir=$dir/upper/files,workdir=$dir/upper/work"
for name in a b; do mount --bind "$dir/host/$name" "$dir/data/$name"; done
mount -o remount,bind,ro "$dir/data/a"`;

namespaceTest("own: single files that are mounted are left, and end nothing", async () => {
  const { code, stdout, all } = await runToEnd({
    setup: FILES_MOUNTED,
    config: configuration({
      "console.logging": { selector: "*.info", stdout: true },
      "app.service": {
        type: "oneshot",
        command: sh("cd $TEST_DIR; stat -c '%n %u' data data/* host/*"),
        own: { "$(TEST_DIR)/data": 4001 },
      },
    }),
  });
  assertEquals(code, 0, all);
  assertEquals(linesOf("app", stdout), [
    ...["data 4001", "data/a 0", "data/b 0", "data/file-a 4001", "data/file-b 4001"],
    ...["host/a 0", "host/b 0"],
  ], all);
  assertMatch(all, /own: \S+data: 3 of 5 given to 4001 .*left as they are: 2 on other mounts/);
});

namespaceTest("own: PUID and PGID as of linuxserver images, mounts and devices left", async () => {
  const look = sh(
    "cd $TEST_DIR; stat -c '%n %u:%g' config/app.ini data data/file data/sub/file data/null " +
      "data/other data/other/file ro/file; touch data/new && echo written",
  );
  const { code, stdout, all } = await runToEnd({
    env: { PUID: "4001", PGID: "4002" },
    setup: LAID_OUT,
    config: configuration({
      settings: { own: { "$(TEST_DIR)/config": "$(PUID:-1000):$(PGID:-1000)" } },
      "console.logging": { selector: "*.info", stdout: true },
      "app.service": {
        type: "oneshot",
        uid: 4001,
        gid: 4002,
        command: look,
        own: { "$(TEST_DIR)/data": "4001:4002", "$(TEST_DIR)/ro": "4001:4002" },
      },
      "later.service": { type: "oneshot", command: "true", after: "app.service" },
    }),
  });
  assertEquals(code, 0, all);
  assertEquals(linesOf("app", stdout), [
    ...["config/app.ini 4001:4002", "data 4001:4002", "data/file 4001:4002"],
    ...["data/sub/file 4001:4002", "data/null 0:0", "data/other 0:0", "data/other/file 0:0"],
    ...["ro/file 0:0", "written"],
  ], all);
  assertMatch(all, /own: \S+config: 2 of 2 given to 4001:4002 in/);
  assertMatch(all, /own: \S+data: 4 of 6 given to 4001:4002 .*left as they are: 1 devices, 1 on /);
  assertMatch(all, /own: \S+ro is mounted read-only, and not all 4001:4002's: nothing was changed/);
  assertEquals(all.match(/own: \S+config/g)?.length, 1, "once for all services");
});

namespaceTest("own: what cannot be given ends the start with the reason", async () => {
  const once = { type: "oneshot", command: sh("echo ran"), "ignore_failures": true };
  const { stdout, all } = await runToEnd({
    wrapper: ["setpriv", "--bounding-set=-chown", "--inh-caps=-chown"],
    setup: `chmod 755 "$dir"; mkdir "$dir/data"`,
    config: configuration({
      "refused.service": { ...once, own: { "$(TEST_DIR)/data": 4001 } },
      "none.service": { ...once, own: { "$(TEST_DIR)/none": 4001 } },
      "right.service": { ...once, own: { "$(TEST_DIR)/data": 0 } },
    }),
  });
  assertEquals(["refused", "none", "right"].map((name) => linesOf(name, stdout)), [
    ...[[], [], ["ran"]],
  ], all);
  assertMatch(
    all,
    /refused.service.*own has not given all files away: .*Operation not permitted: '\S+data'/,
  );
  assertMatch(
    all,
    /none.service.*own has not given all files away: No such file or directory: '\S+none'/,
  );
});

/** Exchanges a directory and a link to another's, as fast as it can. */
const SWAP = python(`import os
os.chdir(os.environ["TEST_DIR"] + "/data")
print("swapping", flush=True)
while True:
  os.rename("sub", "away")
  os.symlink("../other", "sub")
  os.unlink("sub")
  os.rename("away", "sub")`);

namespaceTest("own: who exchanges names meanwhile gets nothing of others", async () => {
  await using run = await inNamespace({
    setup: `chmod 755 "$dir"; mkdir -p "$dir/data/sub" "$dir/other"
for n in 1 2 3 4 5 6 7 8 9; do touch "$dir/other/$n" "$dir/data/sub/$n"; done
chown -R 4001 "$dir/data"`,
    config: configuration({
      "swap.service": { command: SWAP, uid: 4001, ready: { log: "swapping" } },
      "app.service": {
        command: "sleep 1000",
        after: "swap.service:ready",
        own: { "$(TEST_DIR)/data": "4001:4002" },
      },
    }),
  });
  await run.waitForLine(/own: \S+data: \d+ of \d+ given/, { limitMs: 30_000 });
  for (let round = 0; round < 5; round++) {
    const { code, stdout } = await run.exec(["telchap", "restart", "--wait", "app"]);
    assertEquals(code, 0, stdout);
  }
  for (const name of ["", "/1", "/9"]) {
    const { uid, gid } = await Deno.stat(`${run.directory}/other${name}`);
    assertEquals([uid, gid], [0, 0], name);
  }
  // The control: what was there all the time is given.
  const { stdout } = await run.exec(["stat", "-c", "%g", `${run.directory}/data`]);
  assertStringIncludes(stdout, "4002");
});
