import { assert, assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../../lib/base/errors.ts";
import {
  formatTelchapUsage,
  isWriting,
  parseTelchap,
  TELCHAP_COMMANDS,
} from "../../../lib/config/telchap_commands.ts";
import { formatCompletion } from "../../../lib/config/telchap_completion.ts";
import { test } from "../../test.ts";

test("parseTelchap takes options anywhere, shortened and as letters", () => {
  const call = parseTelchap(["logs", "web", "-fn5", "--si", "10m", "db"]);
  assertEquals(call.operands, ["web", "db"]);
  assertEquals(call.options, { follow: true, lines: "5", since: "10m" });
  assertEquals(parseTelchap(["logs", "-n", "7"]).options, { lines: "7" });
  assertEquals(parseTelchap(["stop", "--w", "a"]).options, { wait: true });
});

test("parseTelchap refuses what the table does not have", () => {
  const lines = [[], ["x"], ["status", "x"], ["why"], ["why", "a", "b"], ["stop", "--wait=1"]];
  for (const words of [...lines, ["logs", "-n"], ["shutdown", "1", "2"], ["restart"]]) {
    assertThrows(() => parseTelchap(words), UsageError);
  }
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
      "telchap loglevel [<level>]",
      "telchap stop [--force] [--wait] [--disable] [<servname> ...]",
      "telchap start [--force] [--wait] [--enable] [<servname> ...]",
      "telchap reset [--force] [--wait] [<servname> ...]",
      "telchap enable [<servname> ...]",
      "telchap disable [<servname> ...]",
      "telchap shutdown [<delay>]",
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
