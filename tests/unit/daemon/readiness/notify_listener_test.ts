import { assertEquals } from "@std/assert";
import type { JournalEntry } from "../../../../lib/daemon/logging/journal.ts";
import { NotifyListener } from "../../../../lib/daemon/readiness/notify_listener.ts";
import type { Event } from "../../../../lib/service/life/event.ts";
import { test } from "../../../test.ts";
import { serviceConfig } from "../../service/service_config.ts";

/** A listener whose sockets exist on paper. */
class Bench {
  readonly events: Event[] = [];
  readonly messages: JournalEntry[] = [];
  readonly open = new Map<string, { mode: number; uid?: number; gid?: number }>();
  readonly listener: NotifyListener;
  opened = 0;
  /** Which socket each path names. */
  readonly identities = new Map<string, string>();
  #receive: (datagram: Uint8Array) => void = () => {};
  #changed = () => {};

  constructor(directory = "/run/chaperone/notify") {
    this.listener = new NotifyListener({
      directory: () => directory,
      listen: (path, { mode, uid, gid }, receive) => {
        this.open.set(path, {
          mode,
          ...(uid === undefined ? {} : { uid }),
          ...(gid === undefined ? {} : { gid }),
        });
        this.#receive = receive;
        this.identities.set(path, `socket ${++this.opened}`);
        return {
          descriptor: 7,
          close: () => {
            this.open.delete(path);
            return Promise.resolve();
          },
        };
      },
      keeping: {
        watchFile: (_path, onChange) => {
          this.#changed = onChange;
          return () => {};
        },
        identityOf: (path) => this.identities.get(path),
        setTimer: (_delayMs, callback) => {
          callback();
          return () => {};
        },
      },
      journal: { write: (entry) => void this.messages.push(entry) },
      dispatch: (_service, event) => void this.events.push(event),
      mainPidProblem: (_service, pid) => pid === 1 ? "that is chaperone itself" : undefined,
      strays: () => [50],
    });
  }

  /** Takes the file away, as somebody does who cleans /run. */
  remove(path: string): void {
    this.identities.delete(path);
    this.#changed();
  }

  say(text: string): Event[] {
    this.events.length = 0;
    this.#receive(new TextEncoder().encode(text));
    return this.events;
  }
}

const ALICE = { uid: 1001, gid: 1002, groups: [] };

test("256: a service's socket is a file of its own that only its user may use", () => {
  const bench = new Bench();
  const path = bench.listener.open(serviceConfig({ name: "db.service", identity: ALICE }));
  assertEquals(path, "/run/chaperone/notify/db.service.sock");
  assertEquals(bench.open.get(path), { mode: 0o600, uid: 1001, gid: 1002 });
  assertEquals(bench.listener.open(serviceConfig({ name: "db.service" })), path);
});

test("a name that is no good as a file's, or too long for a socket, is replaced by a number", () => {
  const bench = new Bench();
  const nameOf = (name: string) => bench.listener.open(serviceConfig({ name })).split("/").at(-1);
  assertEquals(nameOf("a/../b.service"), "1.sock");
  assertEquals(nameOf(`${"x".repeat(100)}.service`), "2.sock");
  assertEquals(nameOf("web@1.service"), "web@1.service.sock");
});

test("a datagram becomes events in the order in which they make sense", () => {
  const bench = new Bench();
  bench.listener.open(serviceConfig());
  assertEquals(
    bench.say(
      "WATCHDOG=1\nREADY=1\nSTATUS=up\nMAINPID=7\nWATCHDOG_USEC=2000\n" +
        "EXTEND_TIMEOUT_USEC=3000\nSTOPPING=1",
    ),
    [
      { kind: "main-pid", pid: 7 },
      { kind: "note", text: "up" },
      { kind: "set-watchdog", ms: 2 },
      { kind: "extend-timeout", ms: 3 },
      { kind: "ready" },
      { kind: "announced", what: "stopping" },
      { kind: "alive" },
    ],
  );
});

test("ERRNO, BUSERROR and WATCHDOG=trigger name the other processes of the service", () => {
  const bench = new Bench();
  bench.listener.open(serviceConfig());
  const report = { kind: "reported", strays: [50] } as const;
  assertEquals(bench.say("ERRNO=5"), [
    { ...report, status: { kind: "exited", code: 5 }, errno: 5 },
  ]);
  assertEquals(bench.say("BUSERROR=9"), [
    { ...report, status: { kind: "signaled", signal: 9, coreDumped: false } },
  ]);
  assertEquals(bench.say("BUSERROR=org.x.Failed"), [
    { ...report, status: { kind: "exited", code: 1 } },
  ]);
  assertEquals(bench.say("WATCHDOG=trigger"), [{ kind: "watchdog-trigger", strays: [50] }]);
});

test("a MAINPID that may not be named comes with the reason", () => {
  const bench = new Bench();
  bench.listener.open(serviceConfig());
  assertEquals(bench.say("MAINPID=1"), [
    { kind: "main-pid", pid: 1, problem: "that is chaperone itself" },
  ]);
});

test("265: what means nothing here is no error; what is no message is counted", () => {
  const bench = new Bench();
  bench.listener.open(serviceConfig());
  assertEquals(bench.say("X_Y=1"), []);
  assertEquals(bench.say("FDSTORE=1\nFDNAME=x"), []);
  assertEquals(bench.say("BARRIER=1"), []);
  assertEquals(bench.listener.malformed, 0);
  assertEquals(bench.say("x".repeat(4097)), []);
  assertEquals(bench.say(""), []);
  assertEquals(bench.listener.malformed, 2);
  assertEquals(bench.messages.every(({ level }) => level === "debug"), true);
});

test("a closed socket is gone and what still comes from it is not heard", async () => {
  const bench = new Bench();
  bench.listener.open(serviceConfig());
  await bench.listener.closeAll();
  assertEquals([bench.open.size, bench.say("READY=1")], [0, []]);
});

test("a socket that was removed is opened again at once, at SIGHUP, or at the next launch", async () => {
  const config = serviceConfig({ name: "db.service", identity: ALICE });
  const noticed: Record<string, (bench: Bench, path: string) => void> = {
    "at once": (bench, path) => bench.remove(path),
    "at SIGHUP": (bench, path) => {
      bench.identities.delete(path);
      bench.listener.renew();
    },
    "at the next launch": (bench, path) => {
      bench.identities.delete(path);
      assertEquals(bench.listener.open(config), path);
    },
  };
  for (const [when, lose] of Object.entries(noticed)) {
    const bench = new Bench();
    const path = bench.listener.open(config);
    lose(bench, path);
    await Promise.resolve();
    assertEquals(bench.opened, 2, when);
    assertEquals(bench.messages.map(({ text }) => text), [
      `notify socket of db.service ${path} was removed, it is opened again`,
    ]);
    assertEquals(bench.say("READY=1"), [{ kind: "ready" }]);
    await bench.listener.close("db.service");
  }
});
