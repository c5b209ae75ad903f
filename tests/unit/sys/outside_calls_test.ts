import { assertEquals } from "@std/assert";
import { test } from "../../test.ts";
import { OUTSIDE_CALLS } from "./outside_calls.ts";

const SYS = new URL("../../../lib/sys/", import.meta.url);

/**
 * Of the table in libc.ts: what takes a path, a pid or a descriptor to act on what lies behind it.
 */
const LIBC = new Set(
  ("open openat mkdirat readlinkat renameat unlinkat statx fchown fchmod chown access chdir fchdir " +
    "bind connect kill execve posix_spawn prlimit64 setpriority inotify_add_watch statfs syscallPidfd waitid waitpid flock wait4")
    .split(" "),
);

const DENO = new RegExp(
  String.raw`\bDeno\.((?:open|readFile|readTextFile|writeFile|writeTextFile|stat|lstat|readDir|` +
    "readLink|realPath|remove|mkdir|chown|chmod|utime|rename|symlink|link|makeTempDir|truncate)" +
    String.raw`(?:Sync)?|Command|connect|connectTls|listen|kill)\(`,
  "g",
);

/** Finds the calls of a source, its comments left out. */
export function callsOf(source: string): Set<string> {
  const code = source.replace(/\/\*[^]*?\*\/|\/\/.*/g, "");
  const found = new Set<string>();
  for (const [, name] of code.matchAll(DENO)) found.add(`Deno.${name}`);
  const names = [...code.matchAll(/libc\(\)\.(\w+)/g)].map(([, name]) => name ?? "");
  for (const [, list = ""] of code.matchAll(/const \{([^}]*)\} = libc\(\)/g)) {
    names.push(...list.split(",").map((name) => name.split(":")[0]?.trim() ?? ""));
  }
  for (const name of names) if (LIBC.has(name)) found.add(name);
  return found;
}

async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, SYS))) {
    if (isDirectory) found.push(...await filesBelow(`${folder}${name}/`));
    else found.push(`${folder}${name}`);
  }
  return found;
}

async function callsOfAll(): Promise<Set<string>> {
  const found = new Set<string>();
  for (const file of await filesBelow("")) {
    const source = await Deno.readTextFile(new URL(file, SYS));
    for (const call of callsOf(source)) found.add(`${file}: ${call}`);
  }
  return found;
}

const TOLD = new Set(
  OUTSIDE_CALLS.flatMap(([file, calls]) => calls.split(" ").map((call) => `${file}: ${call}`)),
);

test("each call of lib/sys that acts on something from outside is in the table", async () => {
  const missing = [...(await callsOfAll()).difference(TOLD)].sort();
  assertEquals(missing, [], "say in outside_calls.ts who decides it, and why it is safe");
});

test("the table of calls tells of none that is gone", async () => {
  const stale = [...TOLD.difference(await callsOfAll())].sort();
  assertEquals(stale, [], "take it out of outside_calls.ts");
});

test("callsOf finds calls and no comments", () => {
  const source = `// Deno.openSync(x)
    /* libc().open(x) */
    const { open, chdir: enter } = libc();
    libc().kill(1, 2); Deno.statSync(path); libc().close(3);`;
  assertEquals([...callsOf(source)].sort(), ["Deno.statSync", "chdir", "kill", "open"]);
});
