import { assertEquals } from "@std/assert";
import { type Door, KeptSocket } from "../../../../lib/daemon/sockets/kept_socket.ts";
import { test } from "../../../test.ts";
import { FakeOs } from "../fake_os.ts";

const PATH = "/dev/log";

/** A file system of one name, and all doors that were ever opened. */
class World {
  readonly os = new FakeOs();
  readonly told: string[] = [];
  readonly doors: { isOpen: boolean }[] = [];
  readonly watchers = new Set<() => void>();
  identity: string | undefined;
  isClosedToUs = false;
  readonly socket = new KeptSocket({
    title: "syslog socket",
    open: () => this.#open(),
    watchFile: (_path, onChange) => {
      this.watchers.add(onChange);
      return () => this.watchers.delete(onChange);
    },
    identityOf: () => this.identity,
    setTimer: (delayMs, callback) => this.os.setTimer(delayMs, callback),
    journal: { write: ({ text }) => void this.told.push(text) },
    formerMax: 2,
  });

  #open(): Door | undefined {
    if (this.isClosedToUs) return undefined;
    const door = { isOpen: true };
    this.doors.push(door);
    this.identity = `inode ${this.doors.length}`;
    return {
      path: PATH,
      close: () => {
        door.isOpen = false;
        return Promise.resolve();
      },
    };
  }

  /** Gives the name to another file, or to none, and lets all that follows happen. */
  async rename(identity: string | undefined): Promise<void> {
    this.identity = identity;
    for (const watcher of [...this.watchers]) watcher();
    this.os.advance(60_000);
    await settle();
  }

  get open(): boolean[] {
    return this.doors.map(({ isOpen }) => isOpen);
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

test("a removed socket is opened again, and the former one is heard on", async () => {
  const world = new World();
  await world.socket.open();
  await world.rename(undefined);
  assertEquals(world.open, [true, true]);
  assertEquals(world.told, ["syslog socket /dev/log was removed, it is opened again"]);
  await world.socket.close();
  assertEquals(world.open, [false, false]);
  assertEquals(world.watchers.size, 0);
});

test("of the sockets without a name only the latest are kept", async () => {
  const world = new World();
  await world.socket.open();
  for (let time = 0; time < 4; time++) await world.rename(undefined);
  assertEquals(world.open, [false, false, true, true, true]);
});

test("each removal is answered later than the one before, to a minute", async () => {
  const world = new World();
  await world.socket.open();
  const delays: number[] = [];
  for (let time = 0; time < 12; time++) {
    world.identity = undefined;
    for (const watcher of [...world.watchers]) watcher();
    const before = world.os.nowMs();
    while (world.identity === undefined) {
      world.os.advance(100);
      await settle();
    }
    delays.push(world.os.nowMs() - before);
  }
  assertEquals(delays.slice(0, 4), [100, 200, 400, 800]);
  assertEquals(delays.at(-1), 60_000);
});

test("a change that leaves the name in place opens nothing", async () => {
  const world = new World();
  await world.socket.open();
  await world.rename(world.identity);
  assertEquals([world.open, world.told], [[true], []]);
});

test("what another program has put there is left alone, and said once", async () => {
  const world = new World();
  await world.socket.open();
  await world.rename("foreign");
  await world.rename("foreign");
  world.socket.renew();
  assertEquals(world.open, [true]);
  assertEquals(world.told, [
    "another program has put its own in the place of syslog socket /dev/log",
  ]);
  world.identity = undefined;
  world.socket.renew();
  await settle();
  assertEquals(world.open, [true, true]);
});

test("renew opens what could not be opened before, and nothing after the end", async () => {
  const world = new World();
  world.isClosedToUs = true;
  await world.socket.open();
  world.isClosedToUs = false;
  world.socket.renew();
  await settle();
  assertEquals(world.open, [true]);
  await world.socket.close();
  world.identity = undefined;
  world.socket.renew();
  await settle();
  assertEquals(world.open, [false]);
});
