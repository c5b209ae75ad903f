import { assertEquals } from "@std/assert";
import {
  busyboxArguments,
  shadowArguments,
} from "../../../../lib/sys/accounts/account_commands.ts";
import { test } from "../../../test.ts";

const BARE = {
  kind: "add-user",
  name: "bob",
  uid: undefined,
  group: undefined,
  home: undefined,
} as const;
const FULL = { ...BARE, uid: 5555, group: { name: "games", gid: 60 }, home: "/srv" } as const;
const GROUP = { kind: "add-group", name: "bob", gid: 6666 } as const;

test("shadowArguments name what was asked for and never create a home", () => {
  assertEquals(shadowArguments(BARE, "").join(" "), "--no-create-home bob");
  assertEquals(
    shadowArguments(FULL, "").join(" "),
    "--no-create-home -u 5555 -g games --home-dir /srv bob",
  );
  assertEquals(shadowArguments(GROUP, "").join(" "), "-g 6666 bob");
});

test("shadowArguments name another root", () => {
  assertEquals(shadowArguments(BARE, "/mnt").join(" "), "--no-create-home --prefix /mnt bob");
  assertEquals(shadowArguments(GROUP, "/mnt").join(" "), "--prefix /mnt -g 6666 bob");
});

test("busyboxArguments name what was asked for and never create a home or a password", () => {
  assertEquals(busyboxArguments(BARE).join(" "), "-D -H bob");
  assertEquals(busyboxArguments(FULL).join(" "), "-D -H -u 5555 -G games -h /srv bob");
  assertEquals(busyboxArguments(GROUP).join(" "), "-g 6666 bob");
});
