import { assertEquals } from "@std/assert";
import {
  compareStamps,
  describeAction,
  describeChange,
  ordersFor,
} from "../../../../lib/service/renewal/file_changes.ts";
import { test } from "../../../test.ts";

test("compareStamps tells what is new, different and gone, by rule", () => {
  const before = [{ "/a": "1", "/b": "2" }, { "/c": "3" }];
  assertEquals(compareStamps(before, before), { changes: [], hasVanished: false });
  assertEquals(compareStamps(before, [{ "/a": "9", "/b": "2", "/d": "4" }, { "/c": "3" }]), {
    changes: [{ rule: 0, paths: ["/a", "/d"] }],
    hasVanished: false,
  });
  assertEquals(compareStamps(before, [{ "/a": "1" }, {}]), {
    changes: [{ rule: 0, paths: ["/b"] }, { rule: 1, paths: ["/c"] }],
    hasVanished: true,
  });
});

test("ordersFor does each action once, and nothing besides a restart but commands", () => {
  const actions = [
    { kind: "reload" },
    { kind: "reload" },
    { kind: "signal", signal: 10 },
    { kind: "restart" },
    { kind: "run", argv: ["x"] },
  ] as const;
  const of = (...rules: number[]) =>
    ordersFor(
      rules.map((rule) => ({ rule, paths: [`/${rule}`] })),
      (rule) => actions[rule],
    ).map(({ action, paths }) => `${describeAction(action)} ${paths.join()}`);
  assertEquals(of(0, 1, 2), ["reload /0,/1", "signal SIGUSR1 /2"]);
  assertEquals(of(0, 2, 3, 4), ["restart /3", "run x /4"]);
  assertEquals(of(9), []);
});

test("describeChange names one file and counts the others", () => {
  assertEquals(describeChange(["/a"]), "/a has changed");
  assertEquals(describeChange(["/a", "/b"]), "/a and 1 more file have changed");
  assertEquals(describeChange(["/a", "/b", "/c"]), "/a and 2 more files have changed");
});

test("a change is told in one line, whatever the file is called", () => {
  assertEquals(describeChange(["/own/a\nforged"]), "/own/a#012forged has changed");
});
