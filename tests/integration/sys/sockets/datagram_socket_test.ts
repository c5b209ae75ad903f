import { assertEquals, assertThrows } from "@std/assert";
import { ERRNO, SystemError } from "../../../../lib/base/errors.ts";
import { listenDatagrams } from "../../../../lib/sys/sockets/datagram_socket.ts";
import { libc } from "../../../../lib/sys/libc/libc.ts";
import { UnixDatagramSender } from "../../../../lib/sys/sockets/datagram_sender.ts";
import { Poller } from "../../../../lib/sys/libc/poller.ts";
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

test("what was sent before a socket is closed is handed on", async () => {
  const directory = await Deno.makeTempDir();
  const poller = new Poller();
  const received: string[] = [];
  const socket = listenDatagrams(
    poller,
    `${directory}/log`,
    { mode: 0o666, isBusy: true },
    (bytes) => {
      received.push(new TextDecoder().decode(bytes));
    },
  );
  const sender = new UnixDatagramSender(`${directory}/log`);
  for (const text of ["one", "two", "three"]) sender.sendNow(text);
  await socket.close();
  assertEquals(received, ["one", "two", "three"]);
  sender.close();
  await poller.close();
  await Deno.remove(directory);
});

test("a batch that waits for its receiver can be handed on at once, each datagram once", async () => {
  const directory = await Deno.makeTempDir();
  const poller = new Poller();
  const received: string[] = [];
  const [first, room] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const socket = listenDatagrams(
    poller,
    `${directory}/log`,
    { mode: 0o666, isBusy: true },
    (bytes) => {
      received.push(new TextDecoder().decode(bytes));
      first.resolve();
      return room.promise;
    },
  );
  const sender = new UnixDatagramSender(`${directory}/log`);
  for (const text of ["one", "two", "three"]) sender.sendNow(text);
  await first.promise;
  assertEquals(received, ["one"]);
  socket.handOnNow();
  assertEquals(received, ["one", "two", "three"]);
  room.resolve();
  await socket.close();
  assertEquals(received, ["one", "two", "three"]);
  sender.close();
  await poller.close();
  await Deno.remove(directory);
});

test("a socket that is bound already is read on, with what waits in it", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/log`;
  const [poller, next] = [new Poller(), new Poller()];
  const before = listenDatagrams(poller, path, { mode: 0o666 }, () => {});
  await poller.close();
  const sender = new UnixDatagramSender(path);
  sender.sendNow("waited");
  const received = Promise.withResolvers<string>();
  const { descriptor } = before;
  const after = listenDatagrams(next, path, { mode: 0o666, descriptor }, (bytes) => {
    received.resolve(new TextDecoder().decode(bytes));
  });
  assertEquals(await received.promise, "waited");
  await after.close();
  sender.close();
  await next.close();
  await Deno.remove(directory);
});
