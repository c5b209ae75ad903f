import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { SystemError } from "../../../../lib/base/errors.ts";
import { connectControl, isAnswering } from "../../../../lib/sys/sockets/control_client.ts";
import {
  listenStreams,
  type ServerOptions,
  type ServeStream,
} from "../../../../lib/sys/sockets/stream_server.ts";
import type { PeerCredentials } from "../../../../lib/door/streams.ts";
import { Poller } from "../../../../lib/sys/libc/poller.ts";
import { libc } from "../../../../lib/sys/libc/libc.ts";
import { test } from "../../test.ts";

const OPTIONS = {
  mode: 0o640,
  uid: Deno.uid() ?? 0,
  gid: Deno.gid() ?? 0,
  maxConnections: 4,
};

// The C library stays open once it has been needed: before the first test that looks for leaks.
Object.values(libc());

async function inFolder(
  body: (folder: string, listen: typeof listenUnix) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  poller = new Poller();
  try {
    await Deno.chmod(folder, 0o755);
    await body(folder, listenUnix);
  } finally {
    await poller.close();
    await Deno.remove(folder, { recursive: true });
  }
}

let poller: Poller;

function listenUnix(path: string, options: ServerOptions, serve: ServeStream) {
  return listenStreams(poller, { kind: "unix", path }, options, serve);
}

test("a server sets the mode, and leaves no file behind", async () => {
  await inFolder(async (folder, listen) => {
    const path = `${folder}/s`;
    const socket = listen(path, OPTIONS, (stream) => Promise.resolve(stream.close()));
    assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o640);
    assertEquals(await isAnswering(path), true);
    await socket.close();
    assertEquals(await isAnswering(path), false);
    await assertRejects(() => connectControl(path), SystemError, "No such file");
  });
});

test("a server replaces a stale socket, and nothing else", async () => {
  await inFolder(async (folder, listen) => {
    const path = `${folder}/s`;
    await Deno.writeTextFile(path, "precious");
    assertThrows(
      () => listen(path, OPTIONS, () => Promise.resolve()),
      SystemError,
      "exists",
    );
    assertEquals(await Deno.readTextFile(path), "precious");
  });
});

test("a server tells who connects, among many that come and go", async () => {
  await inFolder(async (folder, listen) => {
    const path = `${folder}/s`;
    const peers: (PeerCredentials | undefined)[] = [];
    const socket = listen(path, OPTIONS, async (stream) => {
      peers.push(stream.peer());
      await stream.read();
      stream.close();
    });
    const clients = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const client = await connectControl(path);
        await client.write(new Uint8Array([1]));
        return client;
      }),
    );
    // Closed by the server: all have been served.
    for (const client of clients) {
      await client.read();
      client.close();
    }
    await socket.close();
    assertEquals(peers.length, 50);
    for (const peer of peers) {
      assertEquals([peer?.pid, peer?.uid, peer?.gid], [Deno.pid, Deno.uid(), Deno.gid()]);
    }
  });
});

/** Connects, as another user where asked, and tells who it is. */
const CONNECT = `import os,socket,sys
if len(sys.argv)>2: os.setgroups([77]); os.setresgid(66,66,66); os.setresuid(55,55,55)
s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
s.sendall(('%d %d %d' % (os.getpid(), os.getuid(), os.getgid())).encode()); s.recv(1)
`;

test("a server tells root from another user whose connections are open together", async () => {
  if (Deno.uid() !== 0) return;
  await inFolder(async (folder, listen) => {
    const path = `${folder}/s`;
    const pairs: [said: string, told: string][] = [];
    const held: { close(): void }[] = [];
    const all = Promise.withResolvers<void>();
    const options = { ...OPTIONS, mode: 0o666, maxConnections: 99 };
    const socket = listen(path, options, async (stream) => {
      const peer = stream.peer();
      const told = `${peer?.pid} ${peer?.uid} ${peer?.gid}`;
      if (peer?.uid === 55) assertEquals(peer.groups, [77]);
      pairs.push([new TextDecoder().decode(await stream.read()), told]);
      held.push(stream);
      if (held.length === 8) all.resolve();
    });
    const children = Array.from({ length: 8 }, (_, at) =>
      new Deno.Command("python3", {
        args: ["-c", CONNECT, path, ...(at % 2 === 0 ? ["other"] : [])],
      }).spawn());
    await all.promise;
    for (const connection of held) connection.close();
    for (const child of children) await child.status;
    await socket.close();
    for (const [said, told] of pairs) assertEquals(told, said);
    assertEquals(pairs.filter(([said]) => said.endsWith(" 55 66")).length, 4);
  });
});

test("a server closes although all places are taken", async () => {
  await inFolder(async (folder, listen) => {
    const path = `${folder}/s`;
    const held: { close(): void }[] = [];
    const taken = Promise.withResolvers<void>();
    const socket = listen(path, { ...OPTIONS, maxConnections: 1 }, async (stream) => {
      held.push(stream);
      taken.resolve();
      await stream.read();
    });
    const client = await connectControl(path);
    await taken.promise;
    await socket.close();
    assertEquals(await isAnswering(path), false);
    for (const stream of held) stream.close();
    client.close();
  });
});

/** Connects, leaves the connection to a child that stays until its stdin ends, and ends. */
const CONNECT_AND_END = `import os,socket,sys
s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
if os.fork(): os._exit(0)
os.close(1); sys.stdin.read()
`;

/** SO_PEERPIDFD is of Linux 6.5. */
const TELLS_ENDS = Deno.osRelease().localeCompare("6.5", undefined, { numeric: true }) >= 0;

test("of a process that ended before it was accepted, the number is told no more", async () => {
  await inFolder(async (folder, listen) => {
    const path = `${folder}/s`;
    const pids: (number | undefined)[] = [];
    const two = Promise.withResolvers<void>();
    const first = Promise.withResolvers<void>();
    const socket = listen(path, { ...OPTIONS, maxConnections: 1 }, async (stream) => {
      pids.push(stream.peer()?.pid);
      if (pids.length === 2) two.resolve();
      else await first.promise;
      stream.close();
    });
    const client = await connectControl(path);
    const child = new Deno.Command("python3", {
      args: ["-c", CONNECT_AND_END, path],
      stdin: "piped",
    }).spawn();
    await child.status;
    first.resolve();
    await two.promise;
    client.close();
    await child.stdin.close();
    await socket.close();
    assertEquals(pids, [Deno.pid, TELLS_ENDS ? 0 : child.pid]);
  });
});
