import { assertEquals } from "@std/assert";
import {
  descendantsOf,
  findVariable,
  isLiving,
  parseCredentials,
  parseMarkLimits,
  parseStat,
  type ProcessStat,
} from "../../../../lib/sys/processes/proc_text.ts";
import { test } from "../../../test.ts";

const TAIL = "0 -1 4194560 100 0 0 0 0 0 0 0 20 0 1 0 12345 2424832 100\n";

test("parseStat reads parent, group and session", () => {
  assertEquals(parseStat(`42 (sleep) S 7 41 40 ${TAIL}`), {
    pid: 42,
    state: "S",
    parent: 7,
    group: 41,
    session: 40,
    threads: 1,
    startedTicks: 12345,
  });
});

test("F-122: a process lives as long as one of its threads does", () => {
  const stat = (state: string, threads: number) =>
    parseStat(`42 (sleep) ${state} 7 41 40 ${TAIL.replace(" 20 0 1 0 ", ` 20 0 ${threads} 0 `)}`);
  for (
    const [state, threads, lives] of [["S", 1, true], ["Z", 1, false], ["Z", 2, true], [
      "X",
      1,
      false,
    ]] as const
  ) {
    assertEquals(isLiving(stat(state, threads) as ProcessStat), lives, `${state} ${threads}`);
  }
});

const LIMITS = `Limit                     Soft Limit           Hard Limit           Units     
Max cpu time              unlimited            unlimited            seconds   
Max file locks            5                    2305843009213690368  locks     
Max realtime priority     0                    0                    
Max realtime timeout      unlimited            2305843009213697536  us        
`;

test("parseMarkLimits reads two hard limits, soft ones where there are none", () => {
  assertEquals(parseMarkLimits(LIMITS), {
    rttime: 2305843009213697536,
    locks: 2305843009213690368,
  });
  // The soft one of the first is 5, and counts only where there is no hard one.
  const soft = parseMarkLimits(LIMITS.replace("2305843009213690368", "unlimited".padEnd(19)));
  assertEquals(soft, { rttime: 2305843009213697536, locks: 5 });
  const unlimited = { rttime: Infinity, locks: Infinity };
  assertEquals(parseMarkLimits(LIMITS.replace(/ 5 |230\d+/g, " unlimited ")), unlimited);
  assertEquals(parseMarkLimits(""), unlimited);
});

test("parseStat is not misled by a name that looks like the fields after it", () => {
  for (const name of ["a) R 1 1 1 (b", ") ", "(", "two words", "line\nbreak", ""]) {
    assertEquals(parseStat(`42 (${name}) Z 7 41 40 ${TAIL}`)?.parent, 7, name);
  }
});

test("parseStat refuses a text that is cut short", () => {
  for (const text of ["", "42", "42 (sleep)", "42 (sleep) S 7", "x (sleep) S 7 8 9"]) {
    assertEquals(parseStat(text), undefined, text);
  }
});

const STATUS = `Name:\tsleep\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t42\n` +
  `Uid:\t1000\t1001\t1002\t1003\nGid:\t10\t11\t12\t13\nFDSize:\t64\nGroups:\t5 6 1000 \n`;

test("parseCredentials reads four ids each and the groups", () => {
  assertEquals(parseCredentials(STATUS), {
    uids: [1000, 1001, 1002, 1003],
    gids: [10, 11, 12, 13],
    groups: [5, 6, 1000],
    isZombie: false,
  });
});

test("parseCredentials knows a process without groups from a text without the field", () => {
  assertEquals(parseCredentials(STATUS.replace("5 6 1000 ", " "))?.groups, []);
  assertEquals(parseCredentials(STATUS.replace("Groups", "Other")), undefined);
});

test("parseCredentials tells a process that has ended", () => {
  assertEquals(parseCredentials(STATUS.replace("S (sleeping)", "Z (zombie)"))?.isZombie, true);
});

const environ = (text: string) => new TextEncoder().encode(text);

test("findVariable finds the whole name only, and the value with its equals signs", () => {
  const bytes = environ("XA=1\0A=x=y\0AB=2\0EMPTY=\0");
  assertEquals(findVariable(bytes, "A"), "x=y");
  assertEquals(findVariable(bytes, "AB"), "2");
  assertEquals(findVariable(bytes, "EMPTY"), "");
  assertEquals(findVariable(bytes, "B"), undefined);
  assertEquals(findVariable(environ(""), "A"), undefined);
});

test("findVariable reads a last variable without terminator", () => {
  assertEquals(findVariable(environ("A=1\0B=22"), "B"), "22");
});

function tree(...edges: [pid: number, parent: number][]): ProcessStat[] {
  return edges.map(([pid, parent]) => ({
    pid,
    parent,
    state: "S",
    group: pid,
    session: pid,
    threads: 1,
    startedTicks: 1,
  }));
}

test("descendantsOf returns direct children first and leaves strangers out", () => {
  const all = tree([30, 20], [10, 1], [20, 10], [11, 1], [99, 2], [100, 99]);
  assertEquals(descendantsOf([1], all).map((p) => p.pid), [10, 11, 20, 30]);
});

test("descendantsOf ends where a snapshot shows a circle", () => {
  assertEquals(descendantsOf([1], tree([2, 1], [1, 2])).map((p) => p.pid), [2]);
});
