import { assert, assertEquals } from "@std/assert";
import { MESSAGES } from "../../../lib/manual/messages.ts";
import { test } from "../../test.ts";
import { listFolder, readProjectFile } from "./documents.ts";

/** The code of all that speaks, each text that goes on in the next line joined. */
const CODE = ["base", "service", "daemon", "apps"].flatMap((room) => listFolder(`lib/${room}/`))
  .map((path) => readProjectFile(path).replace(/["`] \+\n\s*["`]/g, ""));

test("MESSAGES are the texts of the code, but for the words in braces", () => {
  const unknown = MESSAGES.flatMap(({ text }) =>
    text.split(/\{\w+\}/).map((part) => part.replace(/^: /, "").trim()).filter((part) =>
      part.length > 2
    )
      .filter((part) => !CODE.some((code) => code.includes(part)))
  );
  assertEquals(unknown, []);
});

/** A level and a text that is written where it is logged; a text may be made elsewhere. */
const LOGGED = [
  /\b(?:log|tell|message)\(\s*(?:\w+, )?"(info|notice|warn|err)",\s*(?:`([^`]+)`|"([^"]+)")/g,
  /\b(info|warn)\((?:`([^`]+)`|"([^"]+)")\)/g,
  /level: "(info|notice|warn|err)",\s*text: (?:`([^`]+)`|"([^"]+)")/g,
  /\bconst (text) = (?:`([^`]+)`|"([^"]+)");\n[^\n]*\bwrite\(\{ level: "(?:info|notice|warn|err)"/g,
];

/** A text with `{}` for what differs; hooks are said by their names. */
function shapeOf(text: string): string {
  return text.replace(/\$?\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}/g, "{}").replace(/(?:\{\})+/g, "{}")
    .replace(/^on_\w+ of/, "{} of").replace(/\{\}$/, "").trim();
}

/** The manual may leave out how a long text ends. */
const LONG = 25;

test("what the code says at info and above is in the manual", () => {
  const known = MESSAGES.map(({ text }) => shapeOf(text));
  const logged = CODE.flatMap((code) =>
    LOGGED.flatMap((pattern) => [...code.matchAll(pattern)])
      .map((match) => match[2] ?? match[3] ?? "")
      // A text within a text.
      .filter((text) => !text.startsWith("${why ??")).map(shapeOf)
      // What has no words of its own is made elsewhere.
      .filter((shape) => /[a-z]{3}/.test(shape))
  );
  assert(logged.length > 70, `${logged.length}`);
  const unknown = new Set(
    logged.filter((shape) =>
      !known.some((each) => shape === each || (each.length > LONG && shape.startsWith(each)))
    ),
  );
  assertEquals([...unknown], []);
});
