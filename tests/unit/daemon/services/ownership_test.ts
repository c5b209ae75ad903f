import { assertEquals, assertMatch } from "@std/assert";
import type { ServiceConfig } from "../../../../lib/config/model.ts";
import { Ownership, type OwnershipParts } from "../../../../lib/daemon/services/ownership.ts";
import type { CommandListener } from "../../../../lib/daemon/services/running.ts";
import { test } from "../../../test.ts";
import { serviceConfig } from "../../service/service_config.ts";
import { FakeOs } from "../fake_os.ts";

const PLACE = { path: "/data", uid: 1, gid: 1, owner: "app", isShared: false };
const SHARED = { ...PLACE, path: "/config", isShared: true };

/** The ends of processes are told by hand. */
class Bench {
  readonly os = new FakeOs();
  readonly listeners: (CommandListener & { readonly pid: number })[] = [];
  readonly done: string[] = [];
  readonly ownership: Ownership;

  constructor() {
    const processes = {
      add: (pid: number, { listener }: { listener: CommandListener }) =>
        this.listeners.push({ ...listener, pid }),
    } as unknown as OwnershipParts["processes"];
    const journal = { write: () => {} };
    this.ownership = new Ownership({ os: this.os, journal, processes, ownProgram: ["/own"] });
  }

  prepare(name: string, own: ServiceConfig["own"]): void {
    const config = serviceConfig({ name, ...(own === undefined ? {} : { own }) });
    this.ownership.prepare(config, (failure) => this.done.push(`${name} ${failure ?? "done"}`));
  }

  async end(at: number, code = 0): Promise<void> {
    this.listeners[at]?.exited({ kind: "exited", code });
    await new Promise<void>((resolve) => queueMicrotask(() => queueMicrotask(resolve)));
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  }
}

test("what is a service's own is done before each start, what is the settings' once", async () => {
  const bench = new Bench();
  bench.prepare("a", undefined);
  assertEquals(bench.done, ["a done"]);
  bench.prepare("b", [SHARED, PLACE]);
  bench.prepare("c", [SHARED]);
  assertEquals(bench.listeners.length, 1);
  await bench.end(0);
  assertEquals([bench.done.slice(1), bench.listeners.length], [["c done"], 2]);
  await bench.end(1);
  assertEquals(bench.done.slice(2), ["b done"]);
  bench.prepare("b", [SHARED, PLACE]);
  await bench.end(9);
  assertEquals(bench.listeners.length, 3);
});

test("what has failed is told, and tried again at the next start", async () => {
  const bench = new Bench();
  bench.prepare("a", [SHARED]);
  await bench.end(0, 1);
  assertMatch(bench.done[0] ?? "", /^a own has not given all files away: its process ended with /);
  bench.prepare("a", [SHARED]);
  await bench.end(1);
  assertEquals(bench.done[1], "a done");
});

test("who takes longer than wait_timeout is killed, and the start fails", async () => {
  const bench = new Bench();
  bench.prepare("a", [PLACE]);
  await bench.end(9);
  bench.os.advance(60_000);
  const [{ pid = 0 } = {}] = bench.listeners;
  assertEquals(bench.os.calls.includes(`kill ${pid} 9`), true, bench.os.calls.join());
  await bench.end(0, 1);
  assertMatch(
    bench.done[0] ?? "",
    /was not done within 60 s \(wait_timeout\); the next start goes/,
  );
});

test("a service that is stopped meanwhile is told nothing, and its process ends", async () => {
  const bench = new Bench();
  bench.prepare("a", [PLACE]);
  await bench.end(9);
  bench.ownership.cancel("a");
  const [{ pid = 0 } = {}] = bench.listeners;
  assertEquals(bench.os.calls.includes(`kill ${pid} 9`), true, bench.os.calls.join());
  await bench.end(0, 1);
  assertEquals(bench.done, []);
});
