import { assertEquals, assertThrows } from "@std/assert";
import { ERRNO, SystemError } from "../../../../lib/base/errors.ts";
import { libc } from "../../../../lib/sys/libc/libc.ts";
import { SOCK_STREAM } from "../../../../lib/sys/libc/socket.ts";
import {
  bindUnix,
  type BoundSocket,
  isInPlace,
  removeSocketFile,
} from "../../../../lib/sys/sockets/bind_unix.ts";
import { test } from "../../test.ts";

// Opened here, the C library does not count as something that a test left behind.
Object.values(libc());

const OWNER = { uid: 4321, gid: 4322, groups: [] };

async function inFolder(body: (folder: string) => void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.chmod(folder, 0o755);
    body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function bind(path: string, mode = 0o640, owner?: typeof OWNER): BoundSocket {
  return bindUnix(path, { type: SOCK_STREAM, mode, owner });
}

function look(path: string): [mode: number, uid: number | null, gid: number | null] {
  const { mode, uid, gid } = Deno.lstatSync(path);
  return [(mode ?? 0) & 0o777, uid, gid];
}

test("bindUnix makes the file with its mode, whatever the umask", async () => {
  await inFolder((folder) => {
    const before = Deno.umask(0o027);
    for (const mode of [0o600, 0o640, 0o666]) {
      const { descriptor, file, isOwned } = bind(`${folder}/${mode}`, mode);
      assertEquals([look(`${folder}/${mode}`)[0], isOwned, isInPlace(file)], [mode, true, true]);
      assertEquals(Deno.umask(0o027), 0o027);
      removeSocketFile(file);
      assertEquals(isInPlace(file), false);
      libc().close(descriptor);
    }
    Deno.umask(before);
  });
});

test("F-001: in a directory of its owner a socket is made by the owner", async () => {
  if (Deno.uid() !== 0) return;
  await inFolder((folder) => {
    Deno.mkdirSync(`${folder}/app`, { mode: 0o755 });
    Deno.chownSync(`${folder}/app`, OWNER.uid, OWNER.gid);
    const { descriptor, file, isOwned } = bind(`${folder}/app/s`, 0o666, OWNER);
    assertEquals([...look(`${folder}/app/s`), isOwned], [0o666, OWNER.uid, OWNER.gid, true]);
    assertEquals(file.maker, OWNER);
    libc().close(descriptor);
    removeSocketFile(file);
  });
});

test("F-001: in a directory of root's the owner is given the socket, and nothing else", async () => {
  if (Deno.uid() !== 0) return;
  await inFolder((folder) => {
    const { descriptor, isOwned } = bind(`${folder}/s`, 0o660, OWNER);
    assertEquals([...look(`${folder}/s`), isOwned], [0o660, OWNER.uid, OWNER.gid, true]);
    libc().close(descriptor);
    // Where somebody else may exchange files, it stays chaperone's.
    Deno.mkdirSync(`${folder}/others`);
    Deno.chownSync(`${folder}/others`, 5555, 5555);
    const other = bind(`${folder}/others/s`, 0o660, OWNER);
    assertEquals([...look(`${folder}/others/s`), other.isOwned], [0o660, 0, 0, false]);
    libc().close(other.descriptor);
  });
});

test("bindUnix replaces a socket, and neither a file nor a link", async () => {
  await inFolder((folder) => {
    libc().close(bind(`${folder}/s`).descriptor);
    const { descriptor } = bind(`${folder}/s`);
    libc().close(descriptor);
    Deno.writeTextFileSync(`${folder}/file`, "precious");
    Deno.symlinkSync(`${folder}/s`, `${folder}/link`);
    for (const name of ["file", "link"]) {
      const error = assertThrows(() => bind(`${folder}/${name}`), SystemError);
      assertEquals([error.errno, error.target], [ERRNO.EEXIST, `${folder}/${name}`]);
    }
    assertEquals(Deno.readTextFileSync(`${folder}/file`), "precious");
    assertEquals(Deno.readLinkSync(`${folder}/link`), `${folder}/s`);
  });
});

test("a file that took the place of a socket is not removed with it", async () => {
  await inFolder((folder) => {
    const { descriptor, file } = bind(`${folder}/s`);
    Deno.removeSync(`${folder}/s`);
    const other = bind(`${folder}/s`);
    assertEquals([isInPlace(file), isInPlace(other.file)], [false, true]);
    removeSocketFile(file);
    assertEquals(Deno.lstatSync(`${folder}/s`).isSocket, true);
    Deno.removeSync(`${folder}/s`);
    Deno.writeTextFileSync(`${folder}/s`, "precious");
    removeSocketFile(other.file);
    assertEquals(Deno.readTextFileSync(`${folder}/s`), "precious");
    libc().close(descriptor);
    libc().close(other.descriptor);
  });
});
