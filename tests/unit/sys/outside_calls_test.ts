import { assertEquals } from "@std/assert";
import { test } from "../../test.ts";
import { OUTSIDE_CALLS } from "./outside_calls.ts";

const SYS = new URL("../../../lib/sys/", import.meta.url);

/** Of the table in libc.ts: what takes a path, a pid or a descriptor to act on what lies behind it. */
const LIBC = new Set(
  ("open openat mkdirat readlinkat renameat unlinkat statx fchown fchmod chown access chdir fchdir " +
    "bind kill execve posix_spawn prlimit64 setpriority inotify_add_watch syscallPidfd waitid waitpid")
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

test("each call of lib/sys that acts on something from outside is in the table", async () => {
  const known = new Map(OUTSIDE_CALLS.map(([file, calls]) => [file, new Set(calls.split(" "))]));
  const missing: string[] = [];
  for (const file of await filesBelow("")) {
    for (const call of callsOf(await Deno.readTextFile(new URL(file, SYS)))) {
      if (!known.get(file)?.has(call)) missing.push(`${file}: ${call}`);
    }
  }
  assertEquals(missing.sort(), [], "say in outside_calls.ts who decides it, and why it is safe");
});

test("callsOf finds calls and no comments", () => {
  const source = `// Deno.openSync(x)
    /* libc().open(x) */
    const { open, chdir: enter } = libc();
    libc().kill(1, 2); Deno.statSync(path); libc().close(3);`;
  assertEquals([...callsOf(source)].sort(), ["Deno.statSync", "chdir", "kill", "open"]);
});
