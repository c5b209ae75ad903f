/** Which rule sets are used again, and when they are made anew. */
import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import type { LandlockRules } from "../../../../lib/base/confinement.ts";
import { SystemError } from "../../../../lib/base/errors.ts";
import { libc } from "../../../../lib/sys/libc/libc.ts";
import { lendRuleset, type LentRuleset } from "../../../../lib/sys/sandbox/kept_rulesets.ts";
import { landlockAbi } from "../../../../lib/sys/sandbox/landlock_ruleset.ts";
import { test } from "../../test.ts";

const READ = 1 << 2 | 1 << 3;

function landlockTest(name: string, fn: (directory: string) => void): void {
  const inDirectory = async () => {
    const directory = await Deno.makeTempDir({ dir: "/tmp" });
    try {
      fn(directory);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  };
  if (landlockAbi() >= 1) return test(name, inDirectory);
  Deno.test({ name: `${name} (needs Landlock)`, ignore: true, fn: inDirectory });
}

function rulesOf(...paths: string[]): LandlockRules {
  const rules = paths.map((path) => ({ path, rights: READ }));
  return { handledFiles: READ, handledPorts: 0, scoped: 0, paths: rules, ports: [] };
}

function openRulesets(): number {
  return [...Deno.readDirSync("/proc/self/fd")].filter(({ name }) => {
    try {
      return Deno.readLinkSync(`/proc/self/fd/${name}`).includes("landlock");
    } catch {
      return false; // The descriptor of this look.
    }
  }).length;
}

/** Lends a rule set, and closes what nobody keeps. */
function lend(rules: LandlockRules, mayBeServed = false): LentRuleset {
  const lent = lendRuleset(rules, mayBeServed);
  if (!lent.isKept) libc().close(lent.descriptor);
  return lent;
}

landlockTest("a rule set is kept from the second start on, and is the same from then on", (own) => {
  const rules = rulesOf(own, `${own}/absent`, "/etc/localtime", "/usr", "/dev/null");
  assertEquals(lend(rules).isKept, false);
  const second = lend(rules);
  assertEquals(second.isKept, true);
  const before = openRulesets();
  assertEquals([lend(rules), openRulesets()], [second, before]);
  assertEquals(lend(rulesOf(own)).isKept, false, "of another service");
});

const CHANGES: readonly (readonly [what: string, change: (place: string) => void])[] = [
  ["comes to be", (place) => Deno.mkdirSync(`${place}/absent`)],
  ["is gone", (place) => Deno.removeSync(`${place}/file`)],
  ["is exchanged", (place) => {
    Deno.writeTextFileSync(`${place}/new`, "");
    Deno.renameSync(`${place}/new`, `${place}/file`);
  }],
  ["lies in another directory", (place) => {
    Deno.renameSync(`${place}/directory`, `${place}/former`);
    Deno.mkdirSync(`${place}/directory`);
    Deno.writeTextFileSync(`${place}/directory/file`, "");
  }],
  ["is a link to something else", (place) => {
    Deno.removeSync(`${place}/file`);
    Deno.symlinkSync("/etc/passwd", `${place}/file`);
  }],
];

for (const [what, change] of CHANGES) {
  landlockTest(`a rule set is made anew when what a path stands for ${what}`, (place) => {
    Deno.mkdirSync(`${place}/directory`);
    for (const name of ["file", "directory/file"]) Deno.writeTextFileSync(`${place}/${name}`, "");
    const rules = rulesOf(
      ...["absent", "file", "directory/file"].map((name) => `${place}/${name}`),
    );
    lend(rules);
    const kept = lend(rules);
    const before = openRulesets();
    assertEquals(lend(rules), kept);
    change(place);
    const anew = lend(rules);
    assertNotEquals(anew.descriptor, kept.descriptor);
    assertEquals([anew.isKept, openRulesets()], [true, before]);
    assertEquals(lend(rules), anew);
  });
}

landlockTest("none is kept of a pattern, nor where users serve file systems", (place) => {
  for (const [path, mayBeServed] of [[`${place}/*`, false], [place, true]] as const) {
    const rules = rulesOf(path);
    for (let i = 0; i < 3; i++) assertEquals(lend(rules, mayBeServed).isKept, false);
  }
  const rules = rulesOf(place);
  for (let i = 0; i < 2; i++) lend(rules);
  const before = openRulesets();
  assertEquals([lend(rules, true).isKept, openRulesets()], [false, before - 1]);
});

landlockTest("no more than 32 are kept: those of the services that were started last", (place) => {
  const all = Array.from({ length: 40 }, () => rulesOf(place));
  for (const rules of all) lend(rules);
  const descriptors = all.map((rules) => lend(rules).descriptor);
  assert(openRulesets() <= 32, `${openRulesets()}`);
  const last = all.at(-1) as LandlockRules;
  assertEquals(lend(last).descriptor, descriptors.at(-1));
});

landlockTest("a rule set that cannot be made leaves nothing behind", (directory) => {
  const [rule] = rulesOf(directory).paths;
  const broken = { ...rulesOf(directory), paths: [{ path: rule?.path ?? "", rights: READ | 1 }] };
  const before = openRulesets();
  for (let i = 0; i < 2; i++) {
    assertThrows(() => lend(broken), SystemError);
    assertEquals(openRulesets(), before);
  }
});
