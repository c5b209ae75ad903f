/** What a process is handed besides its output: stdin, sockets, numbered descriptors. */
import { assertEquals, assertThrows } from "@std/assert";
import { SystemError } from "../../../lib/base/errors.ts";
import { cString, libc } from "../../../lib/sys/libc/libc.ts";
import { openPipe } from "../../../lib/sys/processes/output_pipe.ts";
import { test } from "../test.ts";
import { ObservedOs, openDescriptors, readText, shell } from "./observed_os.ts";

const O_RDWR_CREAT_CLOEXEC = 0o2 | 0o100 | 0o2000000;

/** Descriptors of new files `0`, `1`, … that hold their names; closed and removed by `close`. */
async function openFiles(count: number) {
  const directory = await Deno.makeTempDir();
  const { open, close } = libc();
  const paths = Array.from({ length: count }, (_, i) => `${directory}/${i}`);
  paths.forEach((path, i) => Deno.writeTextFileSync(path, `${i}`));
  const fds = paths.map((path) => open(cString(path), O_RDWR_CREAT_CLOEXEC));
  return {
    fds,
    paths,
    async close() {
      for (const fd of fds) close(fd);
      await Deno.remove(directory, { recursive: true });
    },
  };
}

test("a descriptor becomes stdin, stdout and stderr at once, as inetd hands over a connection", async () => {
  await using observed = new ObservedOs();
  const files = await openFiles(1);
  try {
    const [fd = -1] = files.fds;
    const streams = { stdin: fd, stdout: fd, stderr: fd };
    const { pid } = observed.os.spawn(shell('read x; echo "$x-out"; echo "-err" >&2', streams));
    await observed.ended(pid);
    // They share one position: what was read stays in front.
    assertEquals(readText(files.paths[0] as string), "00-out\n-err\n");
  } finally {
    await files.close();
  }
});

test("descriptors appear as 3, 4, …, and nothing else does", async () => {
  await using observed = new ObservedOs();
  const files = await openFiles(12);
  try {
    const output = await observed.outputOf(
      'for i in 3 4 5 6 7 8 9; do eval cat "<&$i"; done; echo; set -- /proc/$$/fd/*; echo $#',
      { descriptors: files.fds },
    );
    // 3 streams, 12 descriptors, and the directory that the shell reads.
    assertEquals(output, "0123456\n16");
  } finally {
    await files.close();
  }
});

test("descriptors may stand anywhere: among their targets, crosswise, twice", async () => {
  await using observed = new ObservedOs();
  const files = await openFiles(6);
  try {
    const { fcntl, close } = libc();
    const F_DUPFD_CLOEXEC = 1030;
    // Where the lowest numbers are taken already, these are as low as can be had.
    const low = files.fds.map((fd) => fcntl(fd, F_DUPFD_CLOEXEC, 3)).toReversed();
    const reopened = "for i in 3 4 5 6 7; do cat /proc/self/fd/$i; done";
    const descriptors = [low[5], low[4], low[0], low[5], low[1]].map((fd) => fd ?? -1);
    const output = await observed.outputOf(reopened, { descriptors });
    for (const fd of low) close(fd);
    assertEquals(output, "01504");
  } finally {
    await files.close();
  }
});

test("what is no descriptor fails the spawn, and leaves nothing behind", async () => {
  await using observed = new ObservedOs();
  const before = openDescriptors();
  for (const extra of [{ descriptors: [1_000_000] }, { stdin: 1_000_000 }, { stdout: 1_000_000 }]) {
    assertThrows(() => observed.os.spawn(shell("", { stderr: "pipe", ...extra })), SystemError);
  }
  assertEquals(openDescriptors(), before);
  assertEquals(observed.os.hasChildren(), false);
});

test("LISTEN_PID is the number of the process itself", async () => {
  await using observed = new ObservedOs();
  const { reader, writer } = openPipe();
  try {
    const child = {
      argv: ["/bin/sh", "-c", 'echo "$LISTEN_PID $$ $LISTEN_FDS $1 $2"', "sh", "a b", "$c"],
      env: { LISTEN_FDS: "1" },
      descriptors: [reader],
      setsListenPid: true,
    };
    const [listenPid, pid, ...rest] = (await observed.outputOf("", child)).split(" ");
    assertEquals(listenPid, pid);
    assertEquals(rest.join(" "), "1 a b $c");
  } finally {
    libc().close(reader);
    libc().close(writer);
  }
});
