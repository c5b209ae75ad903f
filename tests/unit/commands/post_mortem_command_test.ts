import { assert, assertEquals } from "@std/assert";
import { parsePostMortem } from "../../../lib/commands/post_mortem_command.ts";
import { test } from "../../test.ts";

test("parsePostMortem reads which life, from where, and how it is told", () => {
  assertEquals(parsePostMortem([]), { kind: "tell", previous: 1, json: false });
  assertEquals(parsePostMortem(["--state-dir=/x", "--previous", "3", "--json"]), {
    kind: "tell",
    stateDir: "/x",
    previous: 3,
    json: true,
  });
  assertEquals(parsePostMortem(["--help"]).kind, "print");
});

test("parsePostMortem refuses what names no life and no directory", () => {
  for (const args of [["--previous=0"], ["--previous=x"], ["--state-dir=x"], ["/x"], ["--nope"]]) {
    const parsed = parsePostMortem(args);
    assert(parsed.kind === "usage" && parsed.lines.includes("Usage:"), args.join(" "));
  }
});
