import { assertEquals } from "@std/assert";
import {
  type EnvcpCommand,
  type EnvcpFiles,
  parseEnvcp,
} from "../../../lib/commands/envcp_command.ts";
import { test } from "../../test.ts";

/** Files by path; a directory ends in `/`. */
function filesOf(
  paths: readonly string[],
  denied: readonly string[] = [],
): EnvcpFiles {
  const known = new Map(paths.map((path) => [path.replace(/\/$/, ""), path.endsWith("/")]));
  return {
    kind: (path) => {
      const isDirectory = known.get(path);
      return isDirectory === undefined ? undefined : isDirectory ? "directory" : "file";
    },
    isReadable: (path) => !denied.includes(path),
    isWritableDirectory: (path) => !denied.includes(path),
    absolute: (path) => path.startsWith("/") ? path : `/home/${path}`,
  };
}

function parse(args: string, files: EnvcpFiles): EnvcpCommand {
  return parseEnvcp(args.split(" ").filter((word) => word !== ""), "1.0", files);
}

function printed(args: string, files: EnvcpFiles): string {
  const command = parse(args, files);
  if (command.kind !== "print") throw new Error(`not printed: ${JSON.stringify(command)}`);
  assertEquals(command.exitCode, 1);
  return command.lines.join("\n");
}

function copies(args: string, files: EnvcpFiles): string[] {
  const command = parse(args, files);
  if (command.kind !== "run") throw new Error(`not run: ${JSON.stringify(command)}`);
  return command.plan.copies.map(({ source, target }) => `${source} → ${target}`);
}

test("P305 envcp copies one file to another", () => {
  assertEquals(copies("a b", filesOf(["a"])), ["a → b"]);
});

test("P305 envcp copies files into a directory, whose path it makes absolute", () => {
  assertEquals(copies("a x/b d", filesOf(["a", "x/b", "/home/d/"])), [
    "a → /home/d/a",
    "x/b → /home/d/b",
  ]);
});

test("P305 envcp takes a single dash for standard input and output", () => {
  assertEquals(copies("-", filesOf([])), []);
});

test("P305 envcp refuses with the texts of 0.3.9", () => {
  const files = filesOf(["a", "b", "old", "secret", "/d/"], ["secret"]);
  const cases: [args: string, text: string][] = [
    ["a", "error: must include two or more filename arguments"],
    ["a b new", "error: destination is not a directory and more than 2 files specified"],
    ["a old", "error: file old exists, won't overwrite"],
    ["missing new", "error: file does not exist, missing"],
    ["secret new", "error: file is not readable, secret"],
    ["- a", "error: '-' for stdin/stdout cannot be combined with other filename arguments"],
    [
      "--xgrouping <( a new",
      "error: --xgrouping can accept one or more of '{', '[', or '(' only.  Not this: '<('.",
    ],
  ];
  for (const [args, text] of cases) assertEquals(printed(args, files), text, args);
});

test("P305 envcp says that a directory is not writable and goes on", () => {
  const command = parse("a /d", filesOf(["a", "/d/"], ["/d"]));
  assertEquals(command.kind === "run" && command.plan.complaints, [
    "error: directory /d exists but is not writable",
  ]);
});

test("P306 envcp looks at all targets before any source, and with --overwrite at none", () => {
  const files = filesOf(["/d/", "/d/a", "a"]);
  assertEquals(printed("missing a /d", files), "error: file /d/a exists, won't overwrite");
  assertEquals(copies("--over a /d", files), ["a → /d/a"]);
});

test("P307 envcp --strip removes a suffix, not characters", () => {
  const files = filesOf(["a.txt.tpl", "html.tpl", ".tpl", "/d/"]);
  assertEquals(copies("--strip .tpl a.txt.tpl html.tpl .tpl /d", files), [
    "a.txt.tpl → /d/a.txt",
    "html.tpl → /d/html",
    ".tpl → /d/.tpl",
  ]);
});

test("P310 envcp takes options anywhere, shortened, and other introducers", () => {
  const command = parse("a --xpre %% --xg [ new --shell -va", filesOf(["a"]));
  if (command.kind !== "run") throw new Error("not run");
  const { introducer, shell, verbose, archive } = command.plan;
  assertEquals({ introducer, shell, verbose, archive }, {
    introducer: { prefix: "%%", openers: "[" },
    shell: true,
    verbose: true,
    archive: true,
  });
});

test("parseEnvcp answers unknown options with the usage", () => {
  assertEquals(parse("--nonsense a b", filesOf(["a"])).kind, "usage");
  assertEquals(parse("", filesOf([])).kind, "usage");
});
