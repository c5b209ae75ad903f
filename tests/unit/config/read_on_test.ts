import { assertEquals } from "@std/assert";
import { ConfigError } from "../../../lib/base/errors.ts";
import { adviseReading } from "../../../lib/config/read_on.ts";
import { test } from "../../test.ts";

function adviceFor(...messages: string[]): string[] {
  return adviseReading(new ConfigError(messages.map((message) => ({ message }))));
}

test("adviseReading names the first directive that an error is about", () => {
  assertEquals(
    adviceFor(
      "{ is not closed",
      "unknown directive 'restrat' of a.service; did you mean 'restart'?",
      "'port' of a.service is 'x'; expected a whole number",
    ),
    ["'telchap help restart' explains restart."],
  );
});

test("adviseReading knows the directives of every kind of section", () => {
  const message = "'webhook' of ops.alert is 'x'; expected http://URL";
  assertEquals(adviceFor(message), ["'telchap help webhook' explains webhook."]);
});

test("adviseReading says nothing where no directive is named", () => {
  assertEquals(adviceFor("specified user ('nosuch') does not exist", "command file"), []);
});
