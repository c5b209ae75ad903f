import { assertEquals } from "@std/assert";
import type { JournalEntry } from "../../../../lib/daemon/logging/journal.ts";
import { NotifyListener } from "../../../../lib/daemon/readiness/notify_listener.ts";
import { NotifySenders } from "../../../../lib/daemon/readiness/notify_senders.ts";
import type { MessageSender } from "../../../../lib/door/streams.ts";
import type { Event } from "../../../../lib/service/life/event.ts";
import { test } from "../../../test.ts";
import { serviceConfig } from "../../service/service_config.ts";

/** A listener whose sockets exist on paper. */
class Bench {
  readonly events: Event[] = [];
  readonly messages: JournalEntry[] = [];
  readonly open = new Map<string, number>();
  /** Processes of the service. */
  readonly members = new Set([50]);
  nowMs = 0;
  readonly listener: NotifyListener;
  opened = 0;
  /** How often all processes were looked at. */
  looks = 0;
  /** Which socket each path names. */
  readonly identities = new Map<string, string>();
  #receive: (datagram: Uint8Array, sender: MessageSender | undefined) => void = () => {};
  #changed = () => {};

  constructor(directory = "/run/chaperone/notify") {
    this.listener = new NotifyListener({
      directory: () => directory,
      listen: (path, { mode }, receive) => {
        this.open.set(path, mode);
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
        // What is counted for a minute is told by another test.
        setTimer: (delayMs, callback) => {
          if (delayMs < 60_000) callback();
          return () => {};
        },
      },
      journal: { write: (entry) => void this.messages.push(entry) },
      dispatch: (_service, event) => void this.events.push(event),
      mainPidProblem: (_service, pid) => pid === 1 ? "that is chaperone itself" : undefined,
      strays: () => {
        this.looks++;
        return [50];
      },
      senders: new NotifySenders({
        isMember: (_service, pid) => pid === ENDED ? undefined : this.members.has(pid),
        usersOf: () => [33],
        ownUid: 0,
        nowMs: () => this.nowMs,
      }),
    });
  }

  /** Takes the file away, as somebody does who cleans /run. */
  remove(path: string): void {
    this.identities.delete(path);
    this.#changed();
  }

  say(text: string, pid = 50, uid = 0): Event[] {
    this.events.length = 0;
    this.#receive(new TextEncoder().encode(text), { pid, uid, gid: 0 });
    return this.events;
  }
}

/** The number of a process that has ended. */
const ENDED = 99;

const ALICE = { uid: 1001, gid: 1002, groups: [] };

test("256: a service's socket is a file of its own that everybody may write to", () => {
  const bench = new Bench();
  const path = bench.listener.open(serviceConfig({ name: "db.service", identity: ALICE }));
  assertEquals(path, "/run/chaperone/notify/db.service.sock");
  assertEquals(bench.open.get(path), 0o666);
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

test("strays are looked for where an event needs them, and not for each message", () => {
  const bench = new Bench();
  bench.listener.open(serviceConfig());
  for (let i = 0; i < 100; i++) bench.say("ERRNO=5\nBUSERROR=9\nWATCHDOG=trigger");
  assertEquals(bench.looks, 0);
  const [event] = bench.say("WATCHDOG=trigger");
  assertEquals([event?.kind === "watchdog-trigger" && event.strays, bench.looks], [[50], 1]);
});

test("F-011: a MAINPID that may not be named is told once, and so is each kind of refused note", () => {
  const bench = new Bench();
  bench.listener.open(serviceConfig());
  for (let i = 0; i < 1000; i++) {
    for (const text of ["MAINPID=1", `X_${i}=1`, "FDSTORE=1", "garbage", "BUSERROR=org.x"]) {
      bench.say(text);
    }
    bench.say("READY=1", 1000 + i);
  }
  assertEquals(bench.messages.map(({ level, text }) => [level, text]), [
    ["warn", "a.service named 1 as its main process, but that is chaperone itself"],
    ["debug", "a.service sent a notification that is not understood: X_0"],
    ["debug", "a.service has no descriptor store: FDSTORE=1"],
    ["debug", "a.service sent a notification that contains no KEY=value"],
    ["debug", "a.service reported the bus error org.x"],
    [
      "warn",
      "a.service notify socket: process 1000 of user 0 is none of the service's and is not heard",
    ],
  ]);
});

test("F-026: who belongs to the service is heard, whatever user it has become", () => {
  const bench = new Bench();
  bench.listener.open(serviceConfig());
  for (const uid of [0, 33, 65534]) assertEquals(bench.say("READY=1", 50, uid).length, 1);
  for (const pid of [0, 1, 51]) assertEquals(bench.say("READY=1", pid, 0), [], String(pid));
});

test("F-026: of a sender that has ended the user must be one of the service's", () => {
  const bench = new Bench();
  bench.listener.open(serviceConfig({ identity: ALICE }));
  const heard = [1001, 33, 0, 1002].filter((uid) => {
    bench.nowMs += 1000;
    return bench.say("READY=1", ENDED, uid).length === 1;
  });
  assertEquals(heard, [1001, 33]);
});

test("F-026: a process that was a stranger's is asked for again after a moment", () => {
  const bench = new Bench();
  bench.listener.open(serviceConfig());
  assertEquals(bench.say("READY=1", 51), []);
  bench.members.add(51);
  assertEquals(bench.say("READY=1", 51), []);
  bench.nowMs += 100;
  assertEquals(bench.say("READY=1", 51).length, 1);
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
