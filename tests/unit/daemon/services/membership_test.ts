/** Whose a process is: each kind of evidence alone, and which one counts where two disagree. */
import { assertEquals } from "@std/assert";
import type { ServiceConfig } from "../../../../lib/config/model.ts";
import { test } from "../../../test.ts";
import { Bench } from "../container_bench.ts";
import { markedAs } from "../fake_os.ts";

const NOBODY = { uid: 65534, gid: 65534, groups: [] };
const GAMES = { uid: 5, gid: 60, groups: [] };

interface Facts {
  readonly parent?: number;
  readonly session?: number;
  readonly group?: number;
  readonly mark?: ReturnType<typeof markedAs>;
  readonly marker?: string;
  readonly owner?: number;
}

/** `a` runs as nobody, `b` as games, `c` as root; they have the numbers 1, 2, 3. */
class Three extends Bench {
  #next = 50;

  constructor(changes: Partial<ServiceConfig> = {}, canMark = true) {
    super({ a: { identity: NOBODY, ...changes }, b: { identity: GAMES }, c: {} });
    this.os.canMark = canMark;
    this.boot();
  }

  add({ parent = 1, mark, marker, owner = 0, ...facts }: Facts): number {
    const pid = this.#next++;
    const { os } = this;
    os.orphanList.push({ pid, parent, session: pid, group: pid, ...facts });
    if (mark !== undefined) os.limits.set(pid, mark);
    if (marker !== undefined) os.markers.set(pid, marker);
    os.owners.set(pid, owner);
    return pid;
  }

  /** Whose it is in a look at all processes, and in one at it alone. */
  ownerOf(pid: number): string | undefined {
    const owner = this.supervisor.processes.ownersOf(this.os.orphans()).get(pid);
    for (const name of this.supervisor.names()) {
      assertEquals(this.supervisor.processes.isMember(name, pid), name === owner, name);
    }
    return owner?.replace(".service", "");
  }
}

test("F-015: a mark tells whose a process is, whatever else says otherwise", () => {
  const three = new Three();
  const session = three.os.pidOf("b");
  const facts = { mark: markedAs(1), session, group: session, marker: "c.service", owner: 0 };
  assertEquals(three.ownerOf(three.add(facts)), "a");
  assertEquals(three.ownerOf(three.add({ mark: markedAs(99), marker: "c.service" })), undefined);
});

test("F-012: a variable in the environment counts for the service's own user alone", () => {
  const three = new Three({}, false);
  const { uid } = NOBODY;
  assertEquals(three.ownerOf(three.add({ marker: "a.service", owner: uid })), "a");
  assertEquals(three.ownerOf(three.add({ marker: "a.service", owner: GAMES.uid })), undefined);
  assertEquals(three.ownerOf(three.add({ marker: "c.service", owner: uid })), undefined);
  assertEquals(three.ownerOf(three.add({ marker: "d.service", owner: uid })), undefined);
});

test("where launches are marked, a process without mark or privilege is nobody's", () => {
  const three = new Three();
  const session = three.os.pidOf("a");
  assertEquals(three.ownerOf(three.add({ marker: "a.service", owner: NOBODY.uid })), undefined);
  assertEquals(three.ownerOf(three.add({ session, owner: NOBODY.uid })), undefined);
  assertEquals(three.ownerOf(three.add({ session, owner: 0 })), "a");
  assertEquals(three.ownerOf(three.add({ group: session, owner: 0 })), "a");
  assertEquals(three.ownerOf(three.add({ marker: "c.service" })), "c");
});

test("a service that limits rttime itself goes without a mark, and keeps the other evidence", () => {
  const three = new Three({ limits: [{ resource: "rttime", soft: 1, hard: 1 }] });
  const [, request] = [...three.os.living][0] ?? [];
  assertEquals(request?.limits, [{ resource: "rttime", soft: 1, hard: 1 }]);
  const session = three.os.pidOf("a");
  const own = { rttime: 1, locks: Infinity };
  const owner = NOBODY.uid;
  assertEquals(three.ownerOf(three.add({ session, owner, mark: own })), "a");
  assertEquals(three.ownerOf(three.add({ marker: "a.service", owner, mark: own })), "a");
});

test("an environment that its process may hold back is not read where marks can tell", () => {
  const three = new Three();
  const { os } = three;
  const read = os.processVariable.bind(os);
  const asked: number[] = [];
  os.processVariable = (pid, name) => {
    asked.push(pid);
    return read(pid, name);
  };
  const { uid } = NOBODY;
  const lowered = three.add({ mark: { rttime: 0, locks: 0 }, marker: "b.service", owner: uid });
  assertEquals(three.ownerOf(lowered), "a");
  assertEquals(three.ownerOf(three.add({ marker: "a.service", owner: uid })), undefined);
  assertEquals(asked, []);
  const privileged = three.add({ marker: "c.service" });
  assertEquals(three.ownerOf(privileged), "c");
  assertEquals(asked.includes(privileged), true);
});

test("where nothing else tells, a process is its parent's service's", () => {
  const three = new Three({}, false);
  const stray = three.add({ session: three.os.pidOf("b"), owner: 1 });
  const below = three.add({ parent: stray, owner: 1 });
  assertEquals(three.ownerOf(three.add({ parent: below, owner: 1 })), "b");
  assertEquals(three.ownerOf(three.add({ parent: three.os.pidOf("c"), owner: 1 })), "c");
  assertEquals(three.ownerOf(three.add({ owner: 1 })), undefined);
});

test("lowered limits leave a process to the services that it can be of, and to the last of them", () => {
  const three = new Three();
  const lowered = { rttime: 0, locks: 0 };
  assertEquals(three.ownerOf(three.add({ mark: lowered, owner: NOBODY.uid })), "a");
  assertEquals(three.ownerOf(three.add({ mark: lowered, owner: 0 })), "c");
  const { locks } = markedAs(1);
  assertEquals(three.ownerOf(three.add({ mark: { rttime: 0, locks }, owner: NOBODY.uid })), "a");
  const session = three.os.pidOf("b");
  assertEquals(three.ownerOf(three.add({ mark: lowered, session, owner: GAMES.uid })), "b");
  const two = new Three({ identity: GAMES });
  const stray = two.add({ mark: lowered, owner: GAMES.uid });
  assertEquals(two.ownerOf(stray), undefined);
  two.os.end("b");
  assertEquals(two.ownerOf(stray), "a");
  // Whatever root's service starts may have become somebody else.
  assertEquals(three.ownerOf(three.add({ mark: lowered, owner: 12345 })), "c");
});

test("a process that has ended is nobody's, and who asks is told so", () => {
  const three = new Three();
  assertEquals(three.supervisor.processes.isMember("a.service", 4711), undefined);
});

test("numbers of services and launches that were marked go over to the next incarnation", () => {
  const three = new Three();
  const mark = markedAs(2);
  const stray = three.add({ mark, owner: GAMES.uid });
  const next = three.replace();
  assertEquals(next.supervisor.processes.ownersOf(three.os.orphans()).get(stray), "b.service");
  const unmarked = three.add({ session: three.os.pidOf("a"), owner: NOBODY.uid });
  assertEquals(next.supervisor.processes.ownersOf(three.os.orphans()).get(unmarked), undefined);
});

test("what is in a sandbox stays so, whatever it changes of itself", () => {
  const sandbox = { presets: [], datagrams: false, require: false };
  const three = new Three({ sandbox });
  const { os, supervisor } = three;
  const mayBe = (facts: Facts) => supervisor.processes.mayBeSandboxed(three.add(facts));
  assertEquals(supervisor.processes.mayBeSandboxed(os.pidOf("a")), true);
  assertEquals(supervisor.processes.mayBeSandboxed(os.pidOf("b")), false);
  assertEquals(mayBe({ parent: os.pidOf("a"), mark: markedAs(2) }), true);
  assertEquals(mayBe({ parent: os.pidOf("b") }), false);
  assertEquals(mayBe({ mark: markedAs(1) }), true);
  assertEquals(mayBe({ mark: markedAs(2), marker: "a.service" }), false);
  // An orphan that has lowered its mark, has none, or one that is nobody's.
  const session = os.pidOf("b");
  const lowered = { rttime: 0, locks: 0 };
  assertEquals(mayBe({ mark: lowered, session, marker: "b.service" }), true);
  assertEquals(mayBe({ session, marker: "b.service" }), true);
  assertEquals(mayBe({ mark: markedAs(99) }), true);
  // One that has ended, and one whose parent has.
  assertEquals(supervisor.processes.mayBeSandboxed(4711), true);
  assertEquals(mayBe({ parent: 4711, mark: markedAs(2) }), true);
  // Not started below chaperone.
  assertEquals(mayBe({ parent: 0 }), false);
});

test("where no service has a sandbox, nobody is in one", () => {
  const three = new Three();
  assertEquals(three.supervisor.processes.mayBeSandboxed(4711), false);
  assertEquals(three.supervisor.processes.mayBeSandboxed(three.add({})), false);
});
