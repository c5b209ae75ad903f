import { assertEquals } from "@std/assert";
import { ownGroupPath } from "../../../../lib/sys/groups/own_group.ts";
import { test } from "../../../test.ts";

const mount = (root: string, point: string, type = "cgroup2") =>
  `24 30 0:22 / /proc rw - proc proc rw\n35 30 0:26 ${root} ${point} rw,relatime shared:9 - ${type} cgroup rw`;

type Case = readonly [mounts: string, membership: string, path: string | undefined];

const CASES: Readonly<Record<string, Case>> = {
  "a namespace of its own": [mount("/", "/sys/fs/cgroup"), "0::/\n", "/sys/fs/cgroup"],
  "below the root": [mount("/", "/sys/fs/cgroup"), "0::/a/b\n", "/sys/fs/cgroup/a/b"],
  "the machine's namespace, the container's mount": [
    mount("/docker/x", "/sys/fs/cgroup"),
    "0::/docker/x\n",
    "/sys/fs/cgroup",
  ],
  "further down there": [mount("/docker/x", "/cg"), "0::/docker/x/y\n", "/cg/y"],
  "beside version 1": [
    mount("/", "/sys/fs/cgroup/unified"),
    "5:memory:/m\n0::/u\n",
    "/sys/fs/cgroup/unified/u",
  ],
  "another's": [mount("/docker/x", "/sys/fs/cgroup"), "0::/docker/xy\n", undefined],
  "outside of the namespace": [mount("/", "/sys/fs/cgroup"), "0::/../other\n", undefined],
  "version 1 alone": [mount("/", "/sys/fs/cgroup", "cgroup"), "5:memory:/m\n", undefined],
  "no mount": ["", "0::/\n", undefined],
};

for (const [name, [mounts, membership, path]] of Object.entries(CASES)) {
  test(`own control group: ${name}`, () => assertEquals(ownGroupPath(mounts, membership), path));
}
