import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import type { Identity } from "../../../../lib/base/identity.ts";
import type { ReadText } from "../../../../lib/config/environment/env_file.ts";
import {
  type BacktickRunner,
  Environment,
  ExpansionError,
  type Variables,
} from "../../../../lib/config/environment/environment.ts";
import { ConfigError } from "../../../../lib/base/errors.ts";
import { test } from "../../../test.ts";

const WWW: Identity = { uid: 33, gid: 33, groups: [], userName: "www-data", home: "/var/www" };

/** Answers with the command in angle brackets and remembers what it was asked. */
class RecordingBackticks implements BacktickRunner {
  readonly asked: [string, number | undefined][] = [];

  run(command: string, identity: Identity | undefined): string {
    this.asked.push([command, identity?.uid]);
    return `<${command}>`;
  }
}

function inherited(variables: Variables, backticks: BacktickRunner = new RecordingBackticks()) {
  return Environment.inherited(variables, backticks);
}

test("env_inherit lets only matching names pass, with *, ?, [abc] and [!abc], case-sensitively", () => {
  const base = inherited({
    PATH: "p",
    PAT: "q",
    path: "r",
    LC_ALL: "s",
    X1: "t",
    X2: "u",
    XA: "v",
  });
  const kept = (inherit: string[]) => Object.keys(base.derive({ inherit }).launch()).sort();
  assertEquals(kept(["PA*"]), ["PAT", "PATH"]);
  assertEquals(kept(["PAT?", "LC_*"]), ["LC_ALL", "PATH"]);
  assertEquals(kept(["X[12]"]), ["X1", "X2"]);
  assertEquals(kept(["X[!1-9]"]), ["XA"]);
  assertEquals(kept(["NONE"]), []);
});

test("an empty or absent env_inherit lets everything pass", () => {
  const base = inherited({ A: "1", B: "2" });
  assertEquals(base.derive({ inherit: [] }).launch(), { A: "1", B: "2" });
  assertEquals(base.derive({}).launch(), { A: "1", B: "2" });
});

test("env_unset removes inherited and just-set names by pattern", () => {
  const level = inherited({ KEEP: "1", DROP_A: "2" }).derive({
    set: { DROP_B: "3", ALSO: "4" },
    unset: ["DROP_*", "A?SO"],
  });
  assertEquals(level.launch(), { KEEP: "1" });
});

test("env_unset makes a variable forget its predecessors", () => {
  const settings = inherited({ P: "parent" }).derive({ set: { P: "x:$(P)" }, unset: ["P"] });
  assertEquals(settings.derive({ set: { P: "y:$(P)" } }).value("P"), "y:");
});

test("env_unset does not reach constants", () => {
  const level = inherited({}).derive({ unset: ["*"], constants: { _CHAP_SERVICE: "a.service" } });
  assertEquals(level.expand("$(_CHAP_SERVICE)"), "a.service");
});

test("HOME, USER and LOGNAME follow the user whatever env_inherit says", () => {
  const base = inherited({ HOME: "/root", USER: "root", LOGNAME: "root", X: "x" });
  assertEquals(base.derive({ inherit: ["NONE"], identity: WWW }).launch(), {
    HOME: "/var/www",
    USER: "www-data",
    LOGNAME: "www-data",
  });
});

test("env_set overrides what the user sets, and may refer to it", () => {
  const level = inherited({ HOME: "/root" }).derive({
    identity: WWW,
    set: { HOME: "$(HOME)/htdocs", USER: "me" },
  });
  assertEquals(level.launch(), { HOME: "/var/www/htdocs", USER: "me", LOGNAME: "www-data" });
});

test("a user without an account goes by its number and has / for a home", () => {
  const level = inherited({ HOME: "/root", USER: "root" })
    .derive({ identity: { uid: 1234, gid: 1234, groups: [] } });
  assertEquals(level.launch(), { HOME: "/", USER: "1234", LOGNAME: "1234" });
});

test("a level without a user keeps what the level below had set", () => {
  const settings = inherited({}).derive({ identity: WWW, set: { HOME: "/x" } });
  assertEquals(settings.derive({}).launch()["HOME"], "/x");
});

test("env_set of a service overrides env_set of the settings", () => {
  const settings = inherited({ A: "0" }).derive({ set: { A: "1", B: "2" } });
  assertEquals(settings.derive({ set: { B: "3" } }).launch(), { A: "1", B: "3" });
});

test("a global text is expanded late, so each service sees its own name in it", () => {
  const settings = inherited({}).derive({ set: { X: "is $(_CHAP_SERVICE)" } });
  const named = (name: string) => settings.derive({ constants: { _CHAP_SERVICE: name } });
  assertEquals(named("a.service").launch(), { X: "is a.service" });
  assertEquals(named("b.service").launch(), { X: "is b.service" });
  assertEquals(named("b.service").expand("$(X), $(_CHAP_SERVICE)"), "is b.service, b.service");
});

test("a self-reference accumulates over parent, settings and service", () => {
  const service = inherited({ PATH: "/bin" })
    .derive({ set: { PATH: "/settings:$(PATH)" } })
    .derive({ set: { PATH: "/service:$(PATH)" } });
  assertEquals(service.launch(), { PATH: "/service:/settings:/bin" });
});

test("a self-reference reaches past a level that does not define the variable", () => {
  const service = inherited({ P: "0" }).derive({ set: { P: "1$(P)" } }).derive({}).derive({
    set: { P: "2$(P)" },
  });
  assertEquals(service.value("P"), "210");
});

test("a self-reference of an undefined variable is empty, in operators too", () => {
  const level = inherited({}).derive({ set: { A: "[$(A)]", B: "$(B:-default)", C: "$(C:+x)" } });
  assertEquals(level.launch(), { A: "[]", B: "default" });
});

test("a self-reference does not see a value that env_inherit keeps out", () => {
  const level = inherited({ P: "/bin" }).derive({ inherit: ["X"], set: { P: "/x:$(P)" } });
  assertEquals(level.value("P"), "/x:");
});

test("an undefined reference stays literally in a value", () => {
  const level = inherited({}).derive({ set: { X: "$(NOPE) ${NOPE}" } });
  assertEquals(level.launch(), { X: "$(NOPE) ${NOPE}" });
});

test("names of object members are undefined like any other", () => {
  const level = inherited({}).derive({ set: { X: "$(toString)$(constructor)$(__proto__:-none)" } });
  assertEquals(level.launch(), { X: "$(toString)$(constructor)none" });
});

test("two variables in a cycle end with the raw text of the one that was begun first", () => {
  const level = inherited({}).derive({ set: { A: "a$(B)", B: "b$(A)" } });
  // A: B is expanded within, which sees A's raw text; then B anew, which sees A's result.
  assertEquals(level.launch(), { A: "aba$(B)", B: "baba$(B)" });
});

test("three variables in a cycle end as the procedure says", () => {
  const level = inherited({}).derive({ set: { A: "$(B)", B: "$(C)", C: "$(A)" } });
  assertEquals(level.launch(), { A: "$(B)", B: "$(B)", C: "$(B)" });
});

test("a cycle through an operator ends", () => {
  const level = inherited({}).derive({ set: { A: "$(B:-x)", B: "$(A:+y)" } });
  assertEquals(level.launch(), { A: "y", B: "y" });
});

test("variables that double one another are refused before memory ends", () => {
  const set: Record<string, string> = { V00: "0123456789abcdef" };
  for (let i = 1; i < 40; i++) {
    const name = (n: number) => `V${String(n).padStart(2, "0")}`;
    set[name(i)] = `$(${name(i - 1)})$(${name(i - 1)})`;
  }
  assertThrows(() => inherited({}).derive({ set }).check(), ExpansionError, "is longer than");
});

test("a chain of variables without end is refused before the stack ends", () => {
  const chain = (length: number) => {
    const set: Record<string, string> = { V0: "$(X:-end)" };
    for (let i = 1; i < length; i++) set[`V${i}`] = `$(Y:-\${V${i - 1}})`;
    // The name that sorts first refers to the end of the chain.
    return Environment.inherited({}, { run: () => "" }).derive({
      set: { ...set, A: `$(V${length - 1})` },
    });
  };
  assertEquals(chain(100).launch()["A"], "end");
  assertThrows(() => chain(5000).launch(), ExpansionError, "nested more than");
});

test("inherited values are data: neither expanded nor run, referenced or not", () => {
  const backticks = new RecordingBackticks();
  const text = "$(HOME) `id` $(`id`) \\$(HOME)";
  const level = inherited({ HOME: "/root", A: text }, backticks).derive({
    set: { B: "$(A)", C: "$(A:-x)", D: "$(A:/^.*$/\\0/)", E: "$(X:-$(A))", A2: "[$(A)]" },
  });
  level.check();
  assertEquals(level.launch(), {
    HOME: "/root",
    A: text,
    A2: `[${text}]`,
    B: text,
    C: text,
    D: text,
    E: text,
  });
  assertEquals(level.expand("run $(A) $(B)"), `run ${text} ${text}`);
  assertEquals(backticks.asked, []);
});

test("a definition that refers to its inherited value takes it as it is", () => {
  const level = inherited({ A: "`id`$(B)" }).derive({ set: { A: "x $(A)", B: "b" } });
  assertEquals(level.value("A"), "x `id`$(B)");
});

test("bare backticks run in values and not in directives", () => {
  const level = inherited({}).derive({ set: { X: "`date`" } });
  assertEquals(level.expand("echo `id` $(`id`) $(X)"), "echo `id` <id> <date>");
});

test("backticks run as the user of the level that is expanded", () => {
  const backticks = new RecordingBackticks();
  const settings = inherited({}, backticks).derive({ set: { X: "`id`" } });
  settings.check();
  settings.derive({ identity: WWW }).check();
  settings.derive({ identity: WWW }).derive({}).expand("$(`pwd`)");
  assertEquals(backticks.asked, [["id", undefined], ["id", 33], ["pwd", 33]]);
});

test("constructs in a backtick are substituted before it runs", () => {
  const level = inherited({ A: "data" }).derive({ set: { B: "set", X: "`echo $(A) $(B) $A`" } });
  assertEquals(level.value("X"), "<echo data set $A>");
});

test("check fails where any variable fails, and names it", () => {
  const level = inherited({}).derive({ set: { GOOD: "x", BAD: "$(NOPE:?need NOPE)" } });
  const error = assertThrows(() => level.check(), ExpansionError, "need NOPE");
  assertEquals((error as ExpansionError).variable, "BAD");
});

test("check names the innermost variable", () => {
  const level = inherited({}).derive({ set: { A: "$(B)", B: "$(C)", C: "$(NOPE:?none)" } });
  const error = assertThrows(() => level.check(), ExpansionError, "none");
  assertEquals((error as ExpansionError).variable, "C");
});

test("expand of a text fails without naming a variable", () => {
  const error = assertThrows(() => inherited({}).expand("$(X:?why)"), ExpansionError, "why");
  assertStrictEquals((error as ExpansionError).variable, undefined);
});

test("launch leaves out names that begin with _ and empty values", () => {
  const level = inherited({ _A: "1", E: "" }).derive({
    set: { _B: "$(_A)2", F: "$(E)", G: "$(_B)" },
    constants: { _CHAP_SERVICE: "x.service" },
  });
  assertEquals(level.launch(), { G: "12" });
});

test("launch lets its extra variables take part in expansion", () => {
  const level = inherited({}).derive({
    set: { N: "$(_CHAP_SERVICE_SERIAL)", T: "at $(_CHAP_SERVICE_TIME)" },
  });
  const extra = { _CHAP_SERVICE_SERIAL: "7", _CHAP_SERVICE_TIME: "1700000000" };
  assertEquals(level.launch(extra), { N: "7", T: "at 1700000000" });
  assertEquals(level.launch({ ...extra, _CHAP_SERVICE_SERIAL: "8" })["N"], "8");
  assertEquals(level.expand("$(_CHAP_SERVICE_SERIAL)"), "$(_CHAP_SERVICE_SERIAL)");
});

test("launch exports NOTIFY_SOCKET, and operators see it", () => {
  const level = inherited({}).derive({
    set: { S: "$(NOTIFY_SOCKET)", FLAG: "$(NOTIFY_SOCKET:+--notify)" },
  });
  assertEquals(level.launch({ NOTIFY_SOCKET: "/run/n" }), {
    S: "/run/n",
    FLAG: "--notify",
    NOTIFY_SOCKET: "/run/n",
  });
  assertEquals(level.launch(), { S: "$(NOTIFY_SOCKET)" });
});

test("launch prefers its extra variables to configured ones and takes them as data", () => {
  const level = inherited({ A: "1" }).derive({ set: { B: "$(A)", C: "$(B)" } });
  assertEquals(level.launch({ B: "$(A)" }), { A: "1", B: "$(A)", C: "$(A)" });
});

test("check takes stand-ins for what only a launch knows", () => {
  const level = inherited({}).derive({ set: { S: "$(NOTIFY_SOCKET:?no socket)" } });
  level.check({ NOTIFY_SOCKET: "/run/n" });
  assertThrows(() => level.check(), ExpansionError, "no socket");
});

test("expand of uid sees the user of the level around it", () => {
  const plain = inherited({});
  assertEquals(plain.expand("$(USER:-www-data)"), "www-data");
  const user: Identity = { uid: 1000, gid: 1000, groups: [], userName: "joe", home: "/home/joe" };
  assertEquals(plain.derive({ identity: user }).expand("$(USER:-www-data)"), "joe");
});

test("expand of a CONSOLE argument stays one text", () => {
  const level = inherited({}).derive({ constants: { _CHAP_SERVICE: "CONSOLE" } });
  assertEquals(level.expand("$(_CHAP_SERVICE) x"), "CONSOLE x");
});

test("deriving leaves the level below as it was", () => {
  const settings = inherited({ A: "1" });
  settings.derive({ set: { A: "2" }, unset: ["A"] });
  settings.withFileEntries({ A: "3" });
  assertEquals(settings.launch(), { A: "1" });
});

test("withFileEntries puts entries above what is inherited and beneath env_set", () => {
  const level = inherited({ A: "inherited", B: "inherited" })
    .derive({ set: { S: "settings" } })
    .derive({ set: { B: "set and $(B)", C: "$(D)" }, unset: ["U*"] })
    .withFileEntries({ A: "file", B: "file", D: "$(A) `id`", S: "file", U1: "file" });
  assertEquals(level.launch(), {
    A: "file",
    B: "set and file",
    C: "$(A) `id`",
    D: "$(A) `id`",
    S: "file",
  });
});

function withSecrets(level: Environment, read: ReadText): Environment {
  return level.withSecrets(level.readSecrets(read));
}

test("F-007: a line of a file names no file that is read, nor where one lies", () => {
  const level = inherited({ PATH: "/bin" }).derive({ set: { KEY_FILE: "/run/$(WHO)" } });
  const secrets = level.readSecrets((path) => `read ${path}`);
  const whole = level.withFileEntries({ LEAK_FILE: "/etc/shadow", WHO: "root" })
    .withSecrets(secrets);
  assertEquals(whole.launch(), {
    PATH: "/bin",
    LEAK_FILE: "/etc/shadow",
    WHO: "root",
    KEY: "read /run/$(WHO)",
  });
});

test("a secret and a line of a file for one variable are told", () => {
  const level = inherited({ A_FILE: "/a" });
  const secrets = level.readSecrets(() => "x");
  assertThrows(
    () => level.withFileEntries({ A: "y" }).withSecrets(secrets),
    ConfigError,
    "Cannot take a value from A_FILE: A is set too",
  );
});

test("withSecrets replaces X_FILE by X and lets texts refer to X", () => {
  const files: Record<string, string> = { "/run/secrets/db": "p$(A)`w\n", "/x": "" };
  const plain = inherited({ DB_PASS_FILE: "/run/secrets/db", LOG_FILE: "app.log" })
    .derive({
      set: { URL: "db://$(DB_PASS:?no password)@h", E_FILE: "$(NOPE:-/x)", E: "$(E:-e)" },
    });
  const level = withSecrets(plain, (path) => files[path]);
  level.check();
  assertEquals(level.launch(), {
    LOG_FILE: "app.log",
    DB_PASS: "p$(A)`w",
    URL: "db://p$(A)`w@h",
    E: "e",
  });
});

test("withSecrets fails for a missing file, a NUL and a value that is set too", () => {
  const one = inherited({ A_FILE: "/a" });
  assertThrows(
    () => one.readSecrets(() => undefined),
    ConfigError,
    "Cannot take a value from A_FILE: file '/a' does not exist",
  );
  assertThrows(() => one.readSecrets(() => "a\0b"), ConfigError, "contains a NUL character");
  assertThrows(
    () => inherited({ A_FILE: "/a", A: "x" }).readSecrets(() => "y"),
    ConfigError,
    "Cannot take a value from A_FILE: A is set too",
  );
});

test("inherited variables that nobody refers to cost no expansion", () => {
  const variables: Record<string, string> = {};
  for (let i = 0; i < 1000; i++) variables[`V${i}`] = "$(V1:?never) `never`".repeat(10);
  const backticks = new RecordingBackticks();
  const level = inherited(variables, backticks).derive({ set: { A: "$(V1)" } });
  assertEquals(Object.keys(level.launch()).length, 1001);
  assertEquals(backticks.asked, []);
});

test("what check was given in place of a launch's variables is in no launch", () => {
  const level = inherited({}).derive({ set: { A: "$(NOTIFY_SOCKET:-none)" } });
  level.check({ NOTIFY_SOCKET: "/run/stand-in" });
  assertEquals(level.launch({})["A"], "none");
  level.check();
  assertEquals(level.launch({ NOTIFY_SOCKET: "/run/n" })["A"], "/run/n");
});
