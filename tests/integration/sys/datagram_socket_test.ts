import { assertEquals, assertThrows } from "@std/assert";
import { ERRNO, SystemError } from "../../../lib/base/errors.ts";
import { listenDatagrams } from "../../../lib/sys/datagram_socket.ts";
import { libc } from "../../../lib/sys/libc.ts";
import { Poller } from "../../../lib/sys/poller.ts";
import { test } from "../../test.ts";

// Opened here, the C library does not count as something that a test left behind.
Object.values(libc());

/** Sends from a process of its own, as a service does. */
async function send(path: string, ...messages: string[]): Promise<void> {
  const script = "import socket,sys\ns=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM)\n" +
    "s.connect(sys.argv[1])\nfor m in sys.argv[2:]: s.send(m.encode())";
  const { success } = await new Deno.Command("python3", { args: ["-c", script, path, ...messages] })
    .output();
  assertEquals(success, true);
}

test("listenDatagrams hands over each datagram whole and removes the socket at the end", async () => {
  const directory = await Deno.makeTempDir();
  const poller = new Poller();
  const path = `${directory}/log`;
  const received: string[] = [];
  const three = Promise.withResolvers<void>();
  const socket = listenDatagrams(poller, path, { mode: 0o666 }, (bytes) => {
    received.push(new TextDecoder().decode(bytes));
    if (received.length === 3) three.resolve();
  });
  const info = await Deno.stat(path);
  assertEquals([info.isSocket, (info.mode ?? 0) & 0o777], [true, 0o666]);
  await send(path, "<13>one", "<14>two\nlines", "x".repeat(10_000));
  await three.promise;
  assertEquals(received, ["<13>one", "<14>two\nlines", "x".repeat(10_000)]);
  await socket.close();
  await socket.close();
  await poller.close();
  await Deno.remove(directory);
});

test("listenDatagrams receives in batches all that comes, in order, and waits when told to", async () => {
  const directory = await Deno.makeTempDir();
  const poller = new Poller();
  const path = `${directory}/log`;
  const count = 2000;
  const received: string[] = [];
  const all = Promise.withResolvers<void>();
  let isPaused = false;
  const socket = listenDatagrams(poller, path, { mode: 0o666, isBusy: true }, (bytes) => {
    assertEquals(isPaused, false);
    received.push(new TextDecoder().decode(bytes));
    if (received.length === count) all.resolve();
    if (received.length % 7 !== 0) return undefined;
    isPaused = true;
    return Promise.resolve().then(() => {
      isPaused = false;
    });
  });
  const messages = Array.from({ length: count }, (_, i) => `${i} ${"x".repeat(i % 100)}`);
  messages[1000] = "y".repeat(65_536);
  await send(path, ...messages);
  await all.promise;
  assertEquals(received, messages);
  await socket.close();
  await poller.close();
  await Deno.remove(directory);
});

test("listenDatagrams replaces a stale socket, and no other file", async () => {
  const directory = await Deno.makeTempDir();
  const poller = new Poller();
  const path = `${directory}/log`;
  const stale = Deno.listenDatagram({ transport: "unixpacket", path });
  stale.close();
  await listenDatagrams(poller, path, { mode: 0o600 }, () => {}).close();
  await Deno.writeTextFile(path, "precious");
  const error = assertThrows(
    () => listenDatagrams(poller, path, { mode: 0o600 }, () => {}),
    SystemError,
  );
  assertEquals([error.call, error.errno], ["bind", ERRNO.EEXIST]);
  assertEquals(await Deno.readTextFile(path), "precious");
  await poller.close();
  await Deno.remove(directory, { recursive: true });
});

test("listenDatagrams says why a socket cannot be bound", () => {
  const poller = new Poller();
  for (const [path, errno] of [["/none/log", ERRNO.ENOENT], ["/proc/log", ERRNO.ENOENT]] as const) {
    const error = assertThrows(
      () => listenDatagrams(poller, path, { mode: 0o600 }, () => {}),
      SystemError,
    );
    assertEquals([error.errno, error.target], [errno, path]);
  }
});
