/** Files whose content gives rights: who may have written and may read them. As root. */
import { assertEquals, assertThrows } from "@std/assert";
import { SystemError } from "../../../../lib/base/errors.ts";
import { libc } from "../../../../lib/sys/libc/libc.ts";
import { readGuardedFile } from "../../../../lib/sys/paths/guarded_file.ts";
import { test } from "../../test.ts";

Object.values(libc());

const OWNERS = { uid: 4001, gid: 4002 };

function inFolder(act: (folder: string) => void): void {
  if (Deno.uid() !== 0) return;
  // Of root's alone, all the way up: not in /tmp, whose names anybody may make.
  const folder = Deno.makeTempDirSync({ dir: "/run", prefix: "chaperone-guarded-" });
  try {
    act(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function write(path: string, mode: number, uid = 0, gid = 0): void {
  Deno.writeTextFileSync(path, "token\n");
  Deno.chownSync(path, uid, gid);
  Deno.chmodSync(path, mode);
}

function refusal(path: string): string {
  return assertThrows(() => readGuardedFile(path, OWNERS), SystemError).message;
}

test("a file is read that those alone can read and write who have the rights anyway", () =>
  inFolder((folder) => {
    for (const [mode, uid, gid] of [[0o600, 0, 0], [0o400, 4001, 0], [0o640, 0, 4002]] as const) {
      write(`${folder}/t`, mode, uid, gid);
      assertEquals(readGuardedFile(`${folder}/t`, OWNERS), "token\n");
    }
    for (
      const [mode, uid, gid, why] of [
        [0o600, 1000, 0, "it belongs to user 1000, who may control nothing: chown root"],
        [0o604, 0, 0, "everybody may read it: chmod 600"],
        [0o602, 0, 0, "others may write it: chmod 600"],
        [0o620, 0, 4002, "others may write it: chmod 600"],
        [0o640, 0, 0, "group 0 may read it: chmod 600"],
        [0o640, 0, 1000, "group 1000 may read it: chmod 600"],
      ] as const
    ) {
      write(`${folder}/t`, mode, uid, gid);
      assertEquals(refusal(`${folder}/t`), `Permission denied: '${folder}/t' (${why})`);
    }
    assertEquals(refusal(`${folder}/none`), `No such file or directory: '${folder}/none'`);
  }));

test("links of root's lead there, as Kubernetes makes them; those of others lead nowhere", () =>
  inFolder((folder) => {
    Deno.mkdirSync(`${folder}/volume/..1`, { recursive: true });
    Deno.chmodSync(`${folder}/volume`, 0o1777);
    write(`${folder}/volume/..1/t`, 0o400);
    Deno.symlinkSync("..1", `${folder}/volume/..data`);
    Deno.symlinkSync("..data/t", `${folder}/volume/t`);
    assertEquals(readGuardedFile(`${folder}/volume/t`, OWNERS), "token\n");
    Deno.symlinkSync("..data/t", `${folder}/volume/mine`);
    new Deno.Command("chown", { args: ["-h", "1000", `${folder}/volume/mine`] }).outputSync();
    assertEquals(refusal(`${folder}/volume/mine`).startsWith("Too many levels"), true);
  }));

test("where others may exchange the file, and for what is no file, it is refused", () =>
  inFolder((folder) => {
    write(`${folder}/t`, 0o600);
    Deno.chmodSync(folder, 0o777);
    assertEquals(refusal(`${folder}/t`).includes("others than root may put another file"), true);
    Deno.chmodSync(folder, 0o755);
    new Deno.Command("mkfifo", { args: ["-m", "600", `${folder}/fifo`] }).outputSync();
    assertEquals(refusal(`${folder}/fifo`).startsWith("Invalid argument"), true);
    Deno.writeTextFileSync(`${folder}/t`, "x".repeat(5000));
    assertEquals(refusal(`${folder}/t`).startsWith("File too large"), true);
  }));
