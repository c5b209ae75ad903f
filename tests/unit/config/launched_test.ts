import { assertEquals } from "@std/assert";
import { literalCommand, literalText } from "../../../lib/config/launched.ts";
import { expandText } from "../../../lib/config/environment/expansion.ts";
import { splitWords } from "../../../lib/config/environment/shell_words.ts";
import { test } from "../../test.ts";

const scope = { lookup: () => "expanded", run: () => "run" };

test("a launched command runs its words, whatever they hold", () => {
  const words = [
    "sh",
    "-c",
    "echo $HOME $(X) ${X:-a} `x` | wc",
    "it's",
    'a "b" \\ c',
    "",
    "line\nline",
  ];
  const command = expandText(literalCommand(words), scope, "bracketed");
  assertEquals(splitWords(command), words);
});

test("in a literal text nothing is expanded", () => {
  assertEquals(expandText(literalText("$(X)/${Y} $Z"), scope, "bare"), "$(X)/${Y} $Z");
});
