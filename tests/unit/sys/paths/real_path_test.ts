/** Where a path leads, and where chaperone stops asking. */
import { assertEquals, assertThrows } from "@std/assert";
import { SystemError } from "../../../../lib/base/errors.ts";
import type { FileStatus } from "../../../../lib/sys/libc/statx.ts";
import { parseMounts } from "../../../../lib/sys/paths/mount_table.ts";
import { knownRealPath, type PathQuestions } from "../../../../lib/sys/paths/real_path.ts";
import { test } from "../../../test.ts";

const MOUNTS = parseMounts([
  "22 1 0:20 / / rw - overlay overlay rw",
  "23 22 0:30 / /mnt/share rw - nfs4 server:/x rw",
].join("\n"));

const LINKS: Record<string, string> = {
  "/lib": "usr/lib",
  "/var/run": "/run",
  "/usr/lib/up": "../../srv/./data",
  "/srv/share": "/mnt/share/data",
  "/loop": "/loop",
  "/home/app/link": "/srv/data",
};
const DIRECTORIES = new Set(
  "/ /usr /usr/lib /var /run /srv /srv/data /mnt /mnt/share /home /home/app".split(" "),
);
const USERS = new Set(["/home/app"]);

/** A tree that notes what is asked of it. */
function tree(): PathQuestions & { readonly asked: Set<string> } {
  const asked = new Set<string>();
  return {
    asked,
    link: (path) => LINKS[path] ?? "",
    status(path) {
      asked.add(path);
      if (!(path in LINKS) && !DIRECTORIES.has(path)) return undefined;
      const kind = path in LINKS ? "link" : "directory";
      return { kind, uid: USERS.has(path) ? 1000 : 0, mode: 0o755 } as FileStatus;
    },
  };
}

const WAYS: Record<string, string> = {
  "/srv/data": "/srv/data",
  "/": "/",
  "/lib": "/usr/lib",
  "/var/run/": "/run",
  "/lib/up": "/srv/data",
  "/srv/../usr": "/usr",
};
for (const [path, real] of Object.entries(WAYS)) {
  test(`${path} leads to ${real}`, () => {
    assertEquals(knownRealPath(path, MOUNTS, tree()), real);
  });
}

test("below a directory that its user may exchange, nothing is asked", () => {
  const asks = tree();
  assertEquals(knownRealPath("/home/app/link/x", MOUNTS, asks), "/home/app/link/x");
  assertEquals([...asks.asked].filter((path) => path.startsWith("/home/app/")), []);
});

test("nor on a file system that somebody else serves, whatever leads there", () => {
  const asks = tree();
  assertEquals(knownRealPath("/mnt/share/data", MOUNTS, asks), "/mnt/share/data");
  assertEquals(knownRealPath("/srv/share/x", MOUNTS, asks), "/mnt/share/data/x");
  assertEquals([...asks.asked].filter((path) => path.startsWith("/mnt/share")), []);
});

test("what leads nowhere, or round and round, is refused", () => {
  assertThrows(() => knownRealPath("/srv/none", MOUNTS, tree()), SystemError, "/srv/none");
  assertThrows(() => knownRealPath("/loop", MOUNTS, tree()), SystemError, "/loop");
});
