/** What is read for a service, by whom it can be changed. Needs root. */
import { assertEquals } from "@std/assert";
import { ERRNO, SystemError } from "../../../../lib/base/errors.ts";
import { libc } from "../../../../lib/sys/libc/libc.ts";
import { readRootsFile } from "../../../../lib/sys/paths/service_files.ts";
import { test } from "../../test.ts";

Object.values(libc());

const NOBODY = 65534;

/** The text, or the number of the error. */
function told(path: string): string | number | undefined {
  try {
    return readRootsFile(path);
  } catch (error) {
    if (error instanceof SystemError) return error.errno;
    throw error;
  }
}

test("what says who runs what is read only where nobody but root can change it", () => {
  if (Deno.uid() !== 0) return;
  const directory = Deno.makeTempDirSync();
  try {
    Deno.chmodSync(directory, 0o755);
    const path = `${directory}/tab`;
    Deno.writeTextFileSync(path, "text", { mode: 0o644 });
    Deno.symlinkSync("tab", `${directory}/link`);
    assertEquals([told(path), told(`${directory}/link`), told(`${directory}/none`)], [
      "text",
      "text",
      undefined,
    ]);
    Deno.chownSync(path, NOBODY, 0);
    assertEquals(told(path), ERRNO.EPERM, "a user's file");
    Deno.chownSync(path, 0, 0);
    Deno.chmodSync(path, 0o666);
    assertEquals(told(path), ERRNO.EPERM, "a file that all may write");
    Deno.chmodSync(path, 0o644);
    Deno.chmodSync(directory, 0o777);
    assertEquals(told(path), ERRNO.EPERM, "a directory that all may write");
    Deno.chmodSync(directory, 0o1777);
    assertEquals(told(path), "text", "where only its owner can exchange it");
    Deno.chownSync(directory, NOBODY, 0);
    assertEquals(told(path), ERRNO.EPERM, "a user's directory");
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});
