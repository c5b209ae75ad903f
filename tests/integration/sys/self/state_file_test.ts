import { assertEquals } from "@std/assert";
import { libc } from "../../../../lib/sys/libc/libc.ts";
import { createStateFile, takeStateFile } from "../../../../lib/sys/self/state_file.ts";
import { test } from "../../test.ts";

// Opened here, the C library does not count as something that a test left behind.
Object.values(libc());

const F_GETFD = 1;
const FD_CLOEXEC = 1;

test("what is put into a state file comes out of it, once", () => {
  for (const sizeBytes of [0, 1, 3 * 1024 * 1024 + 5]) {
    const bytes = new Uint8Array(sizeBytes).map((_, at) => at % 251);
    const fd = createStateFile(bytes);
    assertEquals(takeStateFile(fd), bytes);
    assertEquals(libc().fcntl(fd, F_GETFD, 0), -1, "it is closed");
  }
});

test("nobody can change a state file, and no program is started with it", () => {
  const fd = createStateFile(new TextEncoder().encode("state"));
  const other = new TextEncoder().encode("STATE");
  assertEquals(libc().pwrite(fd, other, 5n, 0n), -1);
  assertEquals(libc().ftruncate(fd, 0n), -1);
  assertEquals(libc().fcntl(fd, F_GETFD, 0), FD_CLOEXEC);
  assertEquals(takeStateFile(fd), new TextEncoder().encode("state"));
});

test("a file that others may have written is no state file", async () => {
  const path = await Deno.makeTempFile();
  const fd = libc().open(new TextEncoder().encode(`${path}\0`), 0);
  assertEquals(takeStateFile(fd), undefined);
  assertEquals(takeStateFile(1000), undefined);
  libc().close(fd);
  await Deno.remove(path);
});
