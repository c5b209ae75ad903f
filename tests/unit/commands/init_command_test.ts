import { assert, assertEquals } from "@std/assert";
import {
  IMPORT_FORMATS,
  INIT_OPTIONS,
  parseInitCommand,
} from "../../../lib/commands/init_command.ts";
import { parseCommandLine } from "../../../lib/commands/command_line.ts";
import { test } from "../../test.ts";

function request(...args: string[]) {
  const command = parseInitCommand(args, "chaperone");
  if (command.kind !== "init") throw new Error(JSON.stringify(command));
  return command.request;
}

function refusal(...args: string[]): string {
  const command = parseInitCommand(args, "chaperone");
  if (command.kind !== "usage") throw new Error(JSON.stringify(command));
  return command.lines[0] ?? "";
}

test("parseInitCommand fills in where to look and where to write", () => {
  assertEquals(request(), { directory: "/etc/chaperone.d", root: "/", sources: [] });
  assertEquals(request("--stdout", "--root", "/image"), { root: "/image", sources: [] });
});

test("parseInitCommand takes sources of one kind", () => {
  for (const format of IMPORT_FORMATS) {
    assertEquals(request(`--from-${format}`, "a", "--to=d", "b"), {
      directory: "d",
      root: "/",
      format,
      sources: ["a", "b"],
    });
  }
});

test("parseInitCommand refuses what makes no sense", () => {
  assertEquals(refusal("dir"), "'dir' is no option: write --to DIR, or --from-FORMAT for a source");
  assertEquals(refusal("--from-s6"), "--from-s6 needs a source");
  assertEquals(
    refusal("--from-s6", "--from-runit", "x"),
    "only one kind of source can be converted at once",
  );
  assertEquals(refusal("--stdout", "--to", "x"), "--to and --stdout exclude each other");
});

test("parseInitCommand explains every option in 90 columns", () => {
  const command = parseInitCommand(["--help"], "chaperone");
  if (command.kind !== "print") throw new Error("no help");
  const text = command.lines.join("\n");
  for (const { name } of INIT_OPTIONS) assert(text.includes(`--${name}`), name);
  assertEquals(command.lines.filter((line) => line.length > 90), []);
});

test("--init leaves the prefixes of chaperone's options as they were", () => {
  const line = parseCommandLine(["--i", "--f", "true"], {
    programName: "chaperone",
    version: "1",
    defaults: undefined,
  });
  assertEquals(line.kind, "run");
  if (line.kind === "run") {
    assertEquals([line.options.ignoreFailures, line.options.force], [true, true]);
  }
});
