import { assert, assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../../lib/base/errors.ts";
import { FOREIGN_COMMANDS } from "../../../lib/commands/foreign_commands.ts";
import { parseTelchap } from "../../../lib/commands/telchap_call.ts";
import { findTelchapCommand } from "../../../lib/commands/telchap_commands.ts";
import { test } from "../../test.ts";

test("a command of another program is told with what does the same here", () => {
  const cases = {
    tail: "there is no command 'tail'; here it is telchap logs -f",
    "daemon-reload": "there is no command 'daemon-reload'; here it is telchap apply",
    ps: "there is no command 'ps'; here it is telchap tree",
    statsu: "there is no command 'statsu'; did you mean 'status'?",
    toString: "there is no command 'toString'",
  };
  for (const [name, says] of Object.entries(cases)) {
    assertEquals(assertThrows(() => parseTelchap([name]), UsageError).message, says);
  }
});

test("no foreign command is one here, and those that are named are", () => {
  for (const [name, here] of Object.entries(FOREIGN_COMMANDS)) {
    assertEquals(findTelchapCommand(name), undefined, name);
    const named = [...here.matchAll(/telchap ([a-z]+)/g)].map(([, command = ""]) => command);
    assert(named.every((command) => findTelchapCommand(command) !== undefined), here);
  }
});
