import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  CHAPERONE_OPTIONS,
  type ChaperoneOptions,
  type EarlyExit,
  formatCommandOptions,
  parseCommandLine,
} from "../../../lib/commands/command_line.ts";
import { test } from "../../test.ts";

const USAGE = [
  "Usage:",
  "  chaperone [options] [<command> [<args>...]]",
  "  chaperone --help | --version",
];

function parse(args: string[], defaults?: string) {
  return parseCommandLine(args, { programName: "chaperone", version: "9.8.7", defaults });
}

function options(args: string[], defaults?: string): ChaperoneOptions {
  const line = parse(args, defaults);
  if (line.kind !== "run") throw new Error(JSON.stringify(line));
  return line.options;
}

function exit(args: string[], defaults?: string): EarlyExit {
  const line = parse(args, defaults);
  if (line.kind !== "exit") throw new Error(JSON.stringify(line));
  return line.exit;
}

function usage(...reason: string[]): EarlyExit {
  return { stdout: [], stderr: [...reason, ...USAGE], exitCode: 1 };
}

test("an empty command line gives the defaults", () => {
  assertEquals(options([]), {
    config: "/etc/chaperone.d",
    user: undefined,
    createUser: undefined,
    defaultHome: undefined,
    exitKills: undefined,
    ignoreFailures: false,
    logLevel: undefined,
    noConsoleLog: false,
    noSyslog: false,
    noDefaults: false,
    debug: false,
    disableServices: false,
    force: false,
    showDependencies: false,
    task: false,
    command: undefined,
  });
});

test("every option reaches its field", () => {
  const switches = {
    "ignore-failures": "ignoreFailures",
    "no-console-log": "noConsoleLog",
    "no-syslog": "noSyslog",
    "no-defaults": "noDefaults",
    "debug": "debug",
    "disable-services": "disableServices",
    "force": "force",
    "show-dependencies": "showDependencies",
    "task": "task",
  } as const;
  for (const [name, field] of Object.entries(switches)) {
    assertEquals(options([`--${name}`])[field], true, name);
  }
  const values = {
    "config": "config",
    "user": "user",
    "create-user": "createUser",
    "default-home": "defaultHome",
    "log-level": "logLevel",
  } as const;
  for (const [name, field] of Object.entries(values)) {
    assertEquals(options([`--${name}`, "v"])[field], "v", name);
  }
  assertEquals(options(["--exitkills"]).exitKills, true);
  assertEquals(options(["--no-exitkills"]).exitKills, false);
});

test("--version prints the sentence that image scripts read", () => {
  const { stdout, stderr, exitCode } = exit(["--version"]);
  assertEquals(stdout[1], "This is 'chaperone' version 9.8.7.");
  assertEquals([stderr.length, exitCode], [0, 0]);
});

test("--help and -h print usage, every option and no line over 80 columns", () => {
  const { stdout, exitCode } = exit(["--help"]);
  assertEquals(exit(["-h"]).stdout, stdout);
  assertEquals(exitCode, 0);
  for (const line of USAGE) assert(stdout.includes(line));
  for (const { name } of CHAPERONE_OPTIONS) assertMatch(stdout.join("\n"), new RegExp(`--${name}`));
  assertEquals(stdout.filter((line) => line.length > 80), []);
});

test("an unknown option is named before the usage", () => {
  assertEquals(exit(["--bogus"]), usage("there is no option --bogus"));
  assertEquals(
    exit(["--no-sylsog"]),
    usage("there is no option --no-sylsog; did you mean '--no-syslog'?"),
  );
});

test("a missing value, a superfluous value and an unclear prefix are named", () => {
  assertEquals(exit(["--config"]), usage("--config needs a value: --config=PATH"));
  assertEquals(exit(["--debug=1"]), usage("--debug takes no value, and has one: --debug=1"));
  assertEquals(
    exit(["--de", "x"]),
    usage("--de may mean --default-home or --debug: write more of it"),
  );
});

test("prefixes that scripts use are accepted", () => {
  assertEquals(options(["--create", "bob"]).createUser, "bob");
  assertEquals(options(["--disable", "true"]).disableServices, true);
  assertEquals(options(["--log", "err"]).logLevel, "err");
});

test("options that exclude each other are named before the usage", () => {
  assertEquals(
    exit(["--user", "a", "--create-user", "b"]),
    usage("--user and --create-user exclude each other"),
  );
  assertEquals(
    exit(["--exitkills", "--no-exitkills"]),
    usage("--exitkills and --no-exitkills exclude each other"),
  );
});

test("an option given twice is named before the usage", () => {
  assertEquals(exit(["--force", "--force"]), usage("--force is given twice"));
  assertEquals(exit(["--config=a", "--config=b"]), usage("--config is given twice"));
});

test("what follows the command belongs to it", () => {
  assertEquals(options(["echo", "--debug"]).command, ["echo", "--debug"]);
  assertEquals(options(["echo", "--debug"]).debug, false);
  assertEquals(options(["--", "ls", "--", "-x"]).command, ["ls", "--", "-x"]);
  assertEquals(options(["--"]).command, undefined);
  assertEquals(options(["-", "--force"]).command, ["-", "--force"]);
});

test("an empty command is none", () => {
  assertEquals(options([""]).command, undefined);
  assertEquals(options([""], "cat x").command, ["cat", "x"]);
});

test("--config=/x and --config /x are equivalent", () => {
  assertEquals(options(["--config=/x"]), options(["--config", "/x"]));
});

test("--debug forces the lowest log level", () => {
  assertEquals(options(["--debug"]).logLevel, "debug");
  assertEquals(options(["--debug", "--log-level", "err"]).logLevel, "debug");
});

test("_CHAP_OPTIONS fills what the command line leaves open", () => {
  const merged = options(
    ["--force"],
    "--config apps/chaperone.d --default-home / --user runapps --no-syslog",
  );
  assertEquals(
    [merged.config, merged.defaultHome, merged.user, merged.force, merged.noSyslog],
    ["apps/chaperone.d", "/", "runapps", true, true],
  );
});

test("the command line wins over _CHAP_OPTIONS, unless its value is empty", () => {
  assertEquals(options(["--config", "/a"], "--config /b").config, "/a");
  assertEquals(options(["--config="], "--config /b").config, "/b");
  assertEquals(options(["--config="]).config, "/etc/chaperone.d");
});

test("--create-user on the command line drops the --user of _CHAP_OPTIONS, and the reverse", () => {
  const created = options(["--create-user", "nobody"], "--user games");
  assertEquals([created.createUser, created.user], ["nobody", undefined]);
  const used = options(["--user", "games"], "--create-user nobody");
  assertEquals([used.createUser, used.user], [undefined, "games"]);
});

test("--no-defaults ignores _CHAP_OPTIONS, mistakes included", () => {
  assertEquals(options(["--no-defaults"], "--user games --bogus").user, undefined);
});

test("a mistake in _CHAP_OPTIONS names the variable on stdout, then prints the usage", () => {
  const told = ["The variable _CHAP_OPTIONS is not understood: "];
  assertEquals(exit([], "--bogus"), {
    ...usage("there is no option --bogus"),
    stdout: [told + "--bogus"],
  });
  assertEquals(exit([], "--config"), {
    ...usage("--config needs a value: --config=PATH"),
    stdout: [told + "--config"],
  });
  assertEquals(exit([], "sh -c 'x"), {
    ...usage("a quote is opened and not closed"),
    stdout: [told + "sh -c 'x"],
  });
});

test("a question on the command line is answered whatever _CHAP_OPTIONS contains", () => {
  assertEquals(exit(["--version"], "--bogus").exitCode, 0);
});

test("the command of _CHAP_OPTIONS runs when the command line has none", () => {
  assertEquals(options([], 'bash -c "echo X"').command, ["bash", "-c", "echo X"]);
  assertEquals(options(["echo", "Y"], 'bash -c "echo X"').command, ["echo", "Y"]);
});

test("a command without arguments does not inherit those of _CHAP_OPTIONS", () => {
  assertEquals(options(["true"], "bash -c x").command, ["true"]);
});

test("--no-exitkills on the command line wins over --exitkills of _CHAP_OPTIONS", () => {
  assertEquals(options(["--no-exitkills"], "--exitkills").exitKills, false);
  assertEquals(options(["--exitkills"], "--no-exitkills").exitKills, true);
  assertEquals(options([], "--no-exitkills").exitKills, false);
  assertEquals(options(["--no-exitkills"], "--task").exitKills, false);
});

test("--task implies its three options, wherever it is given", () => {
  for (const task of [options(["--task", "true"]), options(["true"], "--task")]) {
    assertEquals(
      [task.task, task.disableServices, task.exitKills, task.noConsoleLog],
      [true, true, true, true],
    );
  }
  assertEquals(options(["--task", "true"], "--no-exitkills").exitKills, true);
});

test("--task with --debug keeps console logging", () => {
  assertEquals(options(["--task", "--debug", "true"]).noConsoleLog, false);
  assertEquals(options(["--debug", "true"], "--task").noConsoleLog, false);
});

test("formatCommandOptions shows every option on one line", () => {
  const text = formatCommandOptions(options(["--force", "ls", "-l"]));
  assertMatch(text, /^COMMAND OPTIONS \{"config":"\/etc\/chaperone.d","user":null,.*\}$/);
  assertMatch(text, /"command":\["ls","-l"\]/);
});
