/**
 * What the built program carries: each text once, in a form in which a stack trace names functions
 * and lines.
 */
import { assert, assertEquals, assertLess, assertMatch, assertThrows } from "@std/assert";
import { useCarriedTexts } from "../../lib/sys/self/carried_texts.ts";
import { loadCode } from "../../lib/sys/self/cached_code.ts";
import { programTest } from "./harness/requirements.ts";

const PROGRAM = new URL("../../dist/chaperone", import.meta.url).pathname;
const TEXTS = ["chaperone.js", "telchap.js", "check.js", "control_commands.js", "yaml_library.js"];

/** The main module and what Deno notes of it: all of it is in memory for good. */
const APPENDED_MAX_BYTES = 32 * 1024;

function textsOf(names: readonly string[]): string[] {
  const decoder = new TextDecoder();
  return useCarriedTexts(names, (texts) =>
    texts.map((text, i) => {
      assert(text !== undefined, names[i]);
      return decoder.decode(text);
    }), PROGRAM);
}

programTest("a stack trace of what is carried names functions and lines", () => {
  const [text = ""] = textsOf(["chaperone.js"]);
  const { exports } = loadCode("chaperone.js", text, { compiling: "cached" });
  type Module = Record<string, (given: unknown) => unknown>;
  const shared = exports["shared"] as Record<string, () => Module>;
  const module = Object.values(shared).find((get) => "parseHttpPlace" in get());
  const error = assertThrows(() => module?.().parseHttpPlace?.(undefined), TypeError);
  assertMatch(error.stack ?? "", /at (?:Object\.)?parseHostPort \(chaperone\.js:\d{3,}:\d{1,3}\)/);
});

programTest("nothing that is carried is in the program's file twice", () => {
  const bytesOf = (text: Uint8Array) => new TextDecoder("latin1").decode(text);
  const file = bytesOf(Deno.readFileSync(PROGRAM));
  const texts = textsOf(TEXTS).map((text) => bytesOf(new TextEncoder().encode(text)));
  let end = 0;
  for (const [i, text] of texts.entries()) {
    const at = file.indexOf(text);
    assert(at >= 0, TEXTS[i]);
    assertEquals(file.indexOf(text, at + 1), -1, TEXTS[i]);
    end = Math.max(end, at + text.length);
  }
  const appended = file.slice(file.lastIndexOf("# sourceURL="));
  assertLess(appended.length, APPENDED_MAX_BYTES);
  assertEquals(
    /^\s*\/\/ lib\/\S+\.ts$/m.exec(file.slice(end)),
    null,
    "a source, or a plain bundle",
  );
});
