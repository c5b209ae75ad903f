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
      "extra keys not allowed @ data['a.service']['restrat']; did you mean 'restart'?",
      "expected int for dictionary value @ data['a.service']['port']",
    ),
    ["'telchap help restart' explains restart."],
  );
});

test("adviseReading knows the directives of every kind of section", () => {
  const message = "expected http://URL for dictionary value @ data['ops.alert']['webhook']";
  assertEquals(adviceFor(message), ["'telchap help webhook' explains webhook."]);
});

test("adviseReading says nothing where no directive is named", () => {
  assertEquals(adviceFor("specified user ('nosuch') does not exist", "command file"), []);
});
