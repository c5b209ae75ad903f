/** What of the mounts of a process contradicts what was asked for. */
import { assertEquals } from "@std/assert";
import { parseMounts } from "../../../../lib/sys/paths/mount_table.ts";
import { mountDifference, type MountProof } from "../../../../lib/sys/sandbox/mount_proof.ts";
import { test } from "../../../test.ts";

const ASKED: MountProof = {
  readOnly: ["/srv/data", "/var"],
  temporary: [{ path: "/tmp", device: "0:40" }, { path: "/var/tmp" }],
  hidesProc: true,
  masks: ["/proc/kcore"],
};

const GIVEN = [
  "22 1 0:20 / / rw - overlay overlay rw",
  "23 22 0:5 / /proc rw - proc proc rw",
  "24 22 0:40 / /tmp rw - tmpfs tmpfs rw",
  "30 22 0:21 / /proc rw,nosuid - proc proc rw,hidepid=invisible",
  "31 30 0:6 /null /proc/kcore rw - devtmpfs dev rw",
  "32 22 0:20 /srv/data /srv/data ro - overlay overlay rw",
  "33 32 0:41 / /srv/data/sub rw - tmpfs tmpfs ro",
  "34 22 0:20 /var /var ro - overlay overlay rw",
  "35 22 0:42 / /tmp rw - tmpfs tmpfs rw",
  "36 34 0:43 / /var/tmp rw - tmpfs tmpfs rw",
];

/** The difference, where one line says something else; undefined: it is not there. */
function told(from: string, to?: string): string | undefined {
  const line = GIVEN.find((given) => given.includes(from));
  if (line === undefined) throw new Error(`no such line: ${from}`);
  const others = GIVEN.filter((given) => given !== line);
  const all = to === undefined ? others : [...others, to];
  return mountDifference(parseMounts(all.join("\n")), ASKED);
}

test("mounts that are as they were asked for are no contradiction", () => {
  assertEquals(mountDifference(parseMounts(GIVEN.join("\n")), ASKED), undefined);
  const former = GIVEN.map((line) => line.replace("hidepid=invisible", "hidepid=2"));
  assertEquals(mountDifference(parseMounts(former.join("\n")), ASKED), undefined);
});

test("each mount that a process sees as the container does is told", () => {
  assertEquals(told("hidepid"), "/proc is not hidden");
  assertEquals(told("kcore"), "mount over /proc/kcore is missing");
  assertEquals(told("/srv/data ro"), "/srv/data is not read-only");
  const below = "33 32 0:41 / /srv/data/sub rw - tmpfs tmpfs rw";
  assertEquals(told("/srv/data/sub", below), "/srv/data/sub is not read-only");
  assertEquals(told("0:42"), "/tmp is the container's");
  assertEquals(told("0:43"), "/var/tmp is the container's");
  const bound = "36 34 0:20 /x /var/tmp rw - overlay overlay rw";
  assertEquals(told("0:43", bound), "/var/tmp is the container's");
});
