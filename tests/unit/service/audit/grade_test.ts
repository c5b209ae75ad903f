import { assertEquals } from "@std/assert";
import { gradeOf } from "../../../../lib/service/audit/grade.ts";
import type { Rights } from "../../../../lib/service/audit/rights.ts";
import { test } from "../../../test.ts";

/** A service of a user of its own that is held by all that there is. */
const HELD: Rights = {
  service: "a.service",
  uid: 1000,
  groups: [1000],
  capabilities: [],
  noNewPrivs: true,
  filter: "own",
  syscalls: "default",
  sandbox: {
    read: ["/etc"],
    write: ["/srv"],
    execute: ["/usr"],
    connect: [],
    bind: [80],
    scope: ["signals", "abstract_sockets"],
  },
  lacking: [],
  ports: [80],
  writable: ["/srv"],
  secrets: [],
  handed: [],
  neighbours: [],
};

function free({ sandbox: _, syscalls: __, ...rights }: Rights, differing: Partial<Rights>): Rights {
  return { ...rights, noNewPrivs: false, filter: "none", ...differing };
}

const POWERFUL = ["SYS_ADMIN", "NET_ADMIN", "CHOWN", "KILL"];
const UID = "uid: a user of its own";
const STRICT = "sandbox: strict";

/** What is found, the letter, the points, which weaknesses, the remedies. */
const TABLE: readonly (readonly [Rights, string, number, string, readonly string[]])[] = [
  [HELD, "A", 0, "", []],
  [{ ...HELD, uid: 0 }, "A", 1, "root", [UID]],
  [{ ...HELD, capabilities: ["NET_BIND_SERVICE"] }, "A", 0, "", []],
  [{ ...HELD, capabilities: ["CHOWN"] }, "B", 2, "capabilities", ["capabilities: []"]],
  [{ ...HELD, capabilities: POWERFUL }, "C", 4, "capabilities", ["capabilities: []"]],
  [{ ...HELD, secrets: ["API_KEY"] }, "A", 1, "secrets", ["secrets: {NAME: file:/PATH}"]],
  [{ ...HELD, noNewPrivs: false }, "B", 2, "gains", ["no_new_privs: true"]],
  [{ ...HELD, filter: "container" }, "A", 1, "calls", ["syscalls: default"]],
  [{ ...HELD, filter: "none" }, "B", 2, "calls", ["syscalls: default"]],
  [{ ...HELD, neighbours: ["b.service"] }, "A", 0, "", []],
  [{ ...HELD, lacking: ["ioctl on devices"] }, "A", 1, "kernel", ["a newer kernel"]],
  [
    { ...HELD, lacking: ["signals"] },
    ...["B", 2, "processes kernel", ["a newer kernel", STRICT]] as const,
  ],
  [
    { ...HELD, lacking: ["files", "ports", "signals"] },
    ...["C", 5, "files ports processes kernel", [STRICT, "a newer kernel"]] as const,
  ],
  [free(HELD, {}), "D", 8, "gains files ports processes calls", [STRICT]],
  [
    free(HELD, { neighbours: ["b.service"] }),
    ...["D", 9, "gains files ports processes calls neighbours", [STRICT, UID]] as const,
  ],
  [
    free(HELD, { uid: 0, capabilities: POWERFUL, filter: "container" }),
    ...["F", 13, "root capabilities gains files ports processes calls", [UID, STRICT]] as const,
  ],
];

test("each weakness has its points, and the two remedies that end most are told", () => {
  for (const [rights, ...expected] of TABLE) {
    const { letter, points, weaknesses, better } = gradeOf(rights);
    const remedies = better.map(({ remedy }) => remedy);
    assertEquals([letter, points, weaknesses.join(" "), remedies], expected);
  }
});

test("advice names what it is about, a few of many", () => {
  const reasons = (rights: Rights) => gradeOf(rights).better.map(({ reason }) => reason);
  assertEquals(reasons({ ...HELD, capabilities: ["A", "B", "C", "D", "E"] }), [
    "it has A, B, C and 2 more; or name those that it needs",
  ]);
  const { capabilities: _, ...unknown } = HELD;
  assertEquals(reasons(unknown), ["it has those that the container gives to root"]);
  assertEquals(reasons(free(HELD, { neighbours: ["b.service"] }))[1], "it shares user 1000 with b");
});
