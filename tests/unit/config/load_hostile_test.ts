/** Texts that nobody means well: loading ends with a configuration or a ConfigError, and soon. */
import { assert, assertEquals } from "@std/assert";
import { ConfigError } from "../../../lib/base/errors.ts";
import { test } from "../../test.ts";
import { Dice, roundsOf, SEED, withSeed } from "../random_text.ts";
import { load } from "./loading.ts";

function loads(text: string): "loaded" | "refused" {
  try {
    load(text, { command: { command: "x", args: ["$(A)"], exitKills: false } });
    return "loaded";
  } catch (error) {
    if (error instanceof ConfigError) return "refused";
    throw new Error(`loading threw on ${JSON.stringify(text)}`, { cause: error });
  }
}

const SEED_TEXT = `# a configuration
settings: {
  env_set: {
\t'LANG': 'en_US.UTF-8',\t# comment
\t'PATH': '$(APPS):$(PATH)', "X": "\${Y:-$(Z:+1)}",
  },
  idle_delay: 1.0, uid: app, console: json,
}
a.service:
  command: "/bin/x 'a b' $(X)"
  type: notify
  env_set: &e {A: 'b', C: "\`d\`"}
  after: b.service:ready, INIT
  limits: {nofile: 1:2, core: unlimited}
  ready: {http: "http://x/", interval: 5s}
  stop_sequence: ["QUIT 8s", KILL]
  instances: 2
  umask: 0022
b.service:
  command: >-
    folded
    text
  env_set: {<<: *e, D: e}
  enabled: "$(ON:-yes)"
x.logging: {selector: '*.warn;!/re/.*', file: x-%d.log, rotate_size: 10M, rate_limit: 5/s}
`;

const PIECES = [
  ..." \n\t:,\"'{}[]#-&*|>\\?!%@`~=$().0",
  ": ",
  "- ",
  "*e",
  "&e ",
  "<<: ",
  "$(",
  "${",
  "!!str ",
  "---\n",
  "\0",
  "\u2028",
  "\ud800",
  "é",
  "__proto__",
  "constructor",
  "null",
  "yes",
  "1e999.",
  "-1",
  ".nan",
  "99999999999999999999",
];

test("loadConfig throws nothing but ConfigError for mutated configurations", () => {
  const dice = new Dice(SEED);
  const outcomes = { loaded: 0, refused: 0 };
  const rounds = roundsOf(2500);
  for (let round = 0; round < rounds; round++) {
    let text = SEED_TEXT;
    for (let change = dice.below(4); change >= 0; change--) {
      const at = dice.below(text.length + 1);
      text = text.slice(0, at) + dice.pick(PIECES) +
        text.slice(at + dice.below(3) * dice.below(6));
    }
    withSeed(() => outcomes[loads(text)]++);
  }
  // One in twelve loads, so that fewer than half as many are no chance.
  const least = rounds / 25;
  assert(outcomes.loaded > least && outcomes.refused > least, JSON.stringify(outcomes));
});

test("loadConfig throws nothing but ConfigError for values of every shape in every place", () => {
  const values = ["", "~", "yes", "-1", ".nan", ".inf", "1e3", "x", "[]", "{}", "[[1]]", "{a: {}}"];
  const names = [
    "uid",
    "gid",
    "env_set",
    "after",
    "ready",
    "limits",
    "listen",
    "groups",
    "instances",
  ];
  const more = ["stop_sequence", "command", "restart", "process_timeout", "umask", "multiline"];
  for (const name of [...names, ...more]) {
    for (const value of values) loads(`a.service: {command: x, ${name}: ${value}}`);
  }
  for (const value of values) {
    for (const name of ["settings", "a.service", "x.logging", "~", "1", "[a]"]) {
      loads(`{${name}: ${value}}`);
    }
  }
});

test("loadConfig knows no names that JavaScript gives a meaning", () => {
  for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
    assert(loads(`a.service: {command: x, ${name}: y}`) === "refused", name);
    assert(loads(`${name}: {}`) === "refused", name);
    assert(loads(`a.service: {command: x, env_set: {${name}: y}}`) === "loaded", name);
    assert(loads(`${name}.service: {command: x, limits: {${name}: 1}}`) === "refused", name);
  }
});

test("loadConfig ends soon for a text that is all problems", () => {
  const text = Array.from({ length: 3000 }, (_, index) => `k${index}:\t[x]`).join("\n");
  assert(loads(text) === "refused");
});

test("loadConfig refuses a variable that grows without end", () => {
  const lines = ["A0: 'xxxxxxxxxxxxxxxx'"];
  for (let level = 1; level < 40; level++) {
    lines.push(`A${level}: '$(A${level - 1})$(A${level - 1})'`);
  }
  assert(loads(`settings: {env_set: {${lines.join(", ")}}}`) === "refused");
});

/** Far more than is needed on a busy machine, and far less than before a bound was there. */
const SOON_MS = 20_000;

function withinBounds(name: string, text: string): void {
  const before = performance.now();
  loads(text);
  const tookMs = performance.now() - before;
  assert(tookMs < SOON_MS, `${name} took ${Math.round(tookMs)} ms`);
}

test("F-014: 20,000 unknown keys are refused soon", () => {
  const keys = Array.from({ length: 20_000 }, (_, at) => `  envset_${at}: x\n`).join("");
  withinBounds("unknown keys", `a.service:\n${keys}`);
});

test("aliases that stand for more and more are refused soon", () => {
  const levels = Array.from("bcdefghijk", (name, at) => {
    const below = `*${String.fromCharCode("a".charCodeAt(0) + at)}`;
    return `${name}: &${name} [${new Array(10).fill(below).join(", ")}]\n`;
  });
  withinBounds("aliases", `a: &a [x, x, x, x, x, x, x, x, x, x]\n${levels.join("")}`);
  withinBounds("nesting", `a.service: {command: ${"[".repeat(50_000)}`);
});

test("bytes that are not UTF-8 are told with their place, once for each file", () => {
  const told = (text: string) =>
    load(text).warnings.map(({ message, position }) =>
      `${position?.line}:${position?.column} ${message}`
    );
  const message = "this is not UTF-8, and is lost; save the file as UTF-8";
  assertEquals(told("# f\ufffdr\na.service: {command: x}\n"), [`1:4 ${message}`]);
  assertEquals(told("a.service:\n\tcommand: 'x\ufffdy \ufffd'\n"), [`2:13 ${message}`]);
  assertEquals(told("a.service: {command: 'x \u00fc'}\n"), []);
});
