import { assertEquals } from "@std/assert";
import { SystemError } from "../../../../lib/base/errors.ts";
import {
  type ConfigFiles,
  readConfigFiles,
  resolveConfigPath,
  sortNames,
} from "../../../../lib/config/source/config_files.ts";
import { Problems } from "../../../../lib/config/source/problems.ts";
import { test } from "../../../test.ts";
import { filesOf, refusal } from "../loading.ts";

test("resolveConfigPath starts at the home of the user, else at the root", () => {
  assertEquals(resolveConfigPath("/abs/x", "/home/u"), "/abs/x");
  assertEquals(resolveConfigPath("apps/chaperone.d", "/"), "/apps/chaperone.d");
  assertEquals(resolveConfigPath("x.d", "/home/u"), "/home/u/x.d");
  assertEquals(resolveConfigPath("x.d", undefined), "/x.d");
});

test("readConfigFiles orders names by their bytes", () => {
  const names = ["é.conf", "b.conf", "B.conf", "_.conf", "10.conf", "9.conf", "\u{1F600}.conf"];
  const files = filesOf(Object.fromEntries(names.map((name) => [`/d/${name}`, ""])));
  const read = readConfigFiles("/d/", files, new Problems());
  assertEquals(read?.map(({ name }) => name.slice("/d/".length)), [
    "10.conf",
    "9.conf",
    "B.conf",
    "_.conf",
    "b.conf",
    "é.conf",
    "\u{1F600}.conf",
  ]);
});

test("sortNames puts a name before those that go on after it", () => {
  const names = ["b", "ab", "a", "abc", "", "ä", "z"];
  assertEquals(sortNames(names), ["", "a", "ab", "abc", "b", "z", "ä"]);
  assertEquals(sortNames(names.toReversed()), ["", "a", "ab", "abc", "b", "z", "ä"]);
});

function failing(at: keyof ConfigFiles): ConfigFiles {
  const files = filesOf({ "/etc/chaperone.d/a.conf": "" });
  return {
    ...files,
    [at]: (path: string) => {
      throw new SystemError(at, 13, path);
    },
  };
}

test("readConfigFiles reports what cannot be read", () => {
  for (const at of ["stat", "list", "read"] as const) {
    const problems = new Problems();
    readConfigFiles("/etc/chaperone.d", failing(at), problems);
    assertEquals(problems.isEmpty, false, at);
  }
});

test("loadConfig refuses more than 4 MiB in all", () => {
  const text = "#".repeat(1_000_000);
  const files = Object.fromEntries(
    Array.from({ length: 5 }, (_, index) => [`/etc/chaperone.d/${index}.conf`, text]),
  );
  assertEquals(
    refusal({ files }),
    "Configuration Error: the configuration is too large: " +
      "more than 4 MiB up to '/etc/chaperone.d/4.conf'",
  );
});

test("F-057: a file whose name nearly is one of a configuration is told, and not read", () => {
  const problems = new Problems();
  const names = ["app.yml", "B.CONF", "c.conf", "d.txt", "e.conf.bak"];
  const files = filesOf(Object.fromEntries(names.map((name) => [`/d/${name}`, ""])));
  const read = readConfigFiles("/d", files, problems);
  assertEquals(read?.map(({ name }) => name), ["/d/c.conf"]);
  assertEquals(problems.warnings.map(({ message }) => message).sort(), [
    "'/d/B.CONF' is not read: names end in .conf or .yaml",
    "'/d/app.yml' is not read: names end in .conf or .yaml",
  ]);
});

test("F-058: a hidden link that leads nowhere is an editor's lock, and no error", () => {
  const problems = new Problems();
  const files = filesOf({ "/d/a.conf": "", "/d/.hidden.conf": "" });
  const locked = {
    ...files,
    list: (path: string) => [...files.list(path), ".#a.conf"],
  };
  const read = readConfigFiles("/d", locked, problems);
  assertEquals(read?.map(({ name }) => name), ["/d/.hidden.conf", "/d/a.conf"]);
  assertEquals(problems.isEmpty, true);
});

test("F-057: a pipe in the directory is told, and not waited for", () => {
  const problems = new Problems();
  const files = filesOf({ "/d/a.conf": "", "/d/pipe.conf": "" });
  const stat = (path: string) => path === "/d/pipe.conf" ? "other" : files.stat(path);
  const read = readConfigFiles("/d", { ...files, stat }, problems);
  assertEquals(read?.map(({ name }) => name), ["/d/a.conf"]);
  assertEquals(problems.warnings.map(({ message }) => message), [
    "'/d/pipe.conf' is not read: it is not a file",
  ]);
  // What is named itself is read, whatever it is: `--config <(…)`.
  const named = readConfigFiles("/d/pipe.conf", { ...files, stat }, problems);
  assertEquals(named?.length, 1);
});
