import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../../../lib/base/errors.ts";
import { isWriting, parseTelchap } from "../../../lib/commands/telchap_call.ts";
import { TELCHAP_COMMANDS } from "../../../lib/commands/telchap_commands.ts";
import { formatCompletion } from "../../../lib/commands/telchap_completion.ts";
import { formatMisuse, formatTelchapUsage } from "../../../lib/commands/telchap_help.ts";
import { test } from "../../test.ts";

test("parseTelchap takes options anywhere, shortened and as letters", () => {
  const call = parseTelchap(["logs", "web", "-fn5", "--si", "10m", "db"]);
  assertEquals(call.operands, ["web", "db"]);
  assertEquals(call.options, { follow: true, lines: "5", since: "10m" });
  assertEquals(parseTelchap(["logs", "-n", "7"]).options, { lines: "7" });
  assertEquals(parseTelchap(["stop", "--w", "a"]).options, { wait: true });
});

test("parseTelchap refuses what the table does not have", () => {
  const lines = [[], ["x"], ["tree", "x"], ["why"], ["signal", "a"], ["why", "a", "b"], [
    "stop",
    "--wait=1",
  ]];
  for (const words of [...lines, ["logs", "-n"], ["shutdown", "1", "2"], ["restart"]]) {
    assertThrows(() => parseTelchap(words), UsageError);
  }
});

test("formatMisuse says what is wrong, and how the command is called", () => {
  const misuse = (...words: string[]) =>
    formatMisuse(words, assertThrows(() => parseTelchap(words), UsageError));
  assertEquals(misuse("stauts")[0], "there is no command 'stauts'; did you mean 'status'?");
  assertEquals(misuse("stauts").at(-1), "'telchap help' lists the commands.");
  assertEquals(misuse("restart"), [
    "restart needs <servname>",
    "Usage: telchap restart [--wait] [--json] <servname> ...",
  ]);
  assertEquals(misuse("shutdown", "1", "2")[0], "shutdown takes no '2'");
  assertEquals(
    misuse("logs", "--folow")[0],
    "there is no option --folow; did you mean '--follow'?",
  );
  assertEquals(misuse(), formatTelchapUsage());
});

test("isWriting tells a loglevel that sets from one that shows", () => {
  assertEquals(isWriting(parseTelchap(["loglevel"])), false);
  assertEquals(isWriting(parseTelchap(["loglevel", "info"])), true);
  assertEquals(isWriting(parseTelchap(["stop"])), true);
  assertEquals(isWriting(parseTelchap(["logs"])), false);
});

test("formatTelchapUsage keeps the lines of 0.3.9", () => {
  const usage = formatTelchapUsage().map((line) => line.replace(/^Usage:/, "      ").trim());
  for (
    const line of [
      "telchap loglevel [--json] [<level>]",
      "telchap stop [--force] [--wait] [--disable] [--json] [<servname> ...]",
      "telchap start [--force] [--wait] [--enable] [--json] [<servname> ...]",
      "telchap reset [--force] [--wait] [--json] [<servname> ...]",
      "telchap enable [--json] [<servname> ...]",
      "telchap disable [--json] [<servname> ...]",
      "telchap shutdown [--cancel] [--json] [<delay>]",
    ]
  ) assert(usage.includes(line), line);
});

test("formatCompletion knows every command and option, for each shell", () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const script = formatCompletion(shell)?.join("\n") ?? "";
    for (const command of TELCHAP_COMMANDS) {
      assert(script.includes(command.name), `${shell}: ${command.name}`);
      for (const { name } of command.options) assert(script.includes(name), `${shell}: ${name}`);
    }
  }
  assertEquals(formatCompletion("tcsh"), undefined);
});

test("F-074: completion offers what an option may be", () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const script = (formatCompletion(shell) ?? []).join("\n");
    assertStringIncludes(script, "text json sarif", shell);
    assertStringIncludes(script, "ready healthy completed stopped", shell);
    assertMatch(
      script,
      shell === "fish" ? /-l trace -r -F/ : /"blame --trace"\).*compgen -f/,
      shell,
    );
  }
});

test("completion knows levels, users and groups, and what alert does", () => {
  const bash = (formatCompletion("bash") ?? []).join("\n");
  assertMatch(bash, /"logs --level"\) COMPREPLY=\(\$\(compgen -W "emerg .* debug" -- /);
  assertMatch(bash, /"launch --uid"\) COMPREPLY=\(\$\(compgen -u -- /);
  assertMatch(bash, /"launch --gid"\) COMPREPLY=\(\$\(compgen -g -- /);
  assertMatch(bash, /^ +alert\) words=".*--json.* test" ;;$/m);
  // Where nothing is known, nothing is offered.
  assertMatch(bash, /"logs --since"\) COMPREPLY=\(\); return ;;/);
  const fish = (formatCompletion("fish") ?? []).join("\n");
  assertMatch(fish, /from logs' -l level -x -a 'emerg .* debug' -d/);
  assertMatch(fish, /from launch' -l uid -x -a '\(__fish_complete_users\)' -d/);
  assertMatch(fish, /from logs' -l since -x -d/);
});

test("what a command lacks is named by what it stands for", () => {
  const refusalOf = (...words: string[]) =>
    assertThrows(() => parseTelchap(words), UsageError).message;
  assertEquals(refusalOf("launch"), "launch needs <command>");
  assertEquals(refusalOf("exec"), "exec needs <servname> <command>");
  assertEquals(refusalOf("signal", "web"), "signal needs <signal>");
  assertEquals(refusalOf("why"), "why needs <servname>");
});
