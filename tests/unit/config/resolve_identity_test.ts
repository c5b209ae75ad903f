import { assertEquals, assertThrows } from "@std/assert";
import { parseGroup, parseId, parsePasswd } from "../../../lib/base/accounts.ts";
import {
  AccountError,
  resolveGroup,
  resolveIdentity,
} from "../../../lib/config/resolve_identity.ts";
import { test } from "../../test.ts";
import { ACCOUNTS } from "./loading.ts";

test("parsePasswd reads accounts and leaves out what makes no sense", () => {
  assertEquals(
    parsePasswd("a:x:1:2:gecos:/home/a:/bin/sh\n\n# b\nc:x:y:1::/:\nd:x:3:4:\n+::::::"),
    [
      { name: "a", uid: 1, gid: 2, home: "/home/a" },
      { name: "d", uid: 3, gid: 4, home: "/" },
    ],
  );
});

test("parseGroup reads groups and leaves out what makes no sense", () => {
  assertEquals(parseGroup("a:x:1:b, c,\nd:x:2:\ne:x:\n"), [
    { name: "a", gid: 1, members: ["b", "c"] },
    { name: "d", gid: 2, members: [] },
  ]);
});

test("parseId reads ids that the kernel can hold", () => {
  assertEquals(["0", " 7 ", "4294967294"].map(parseId), [0, 7, 4_294_967_294]);
  assertEquals(["", "-1", "4294967295", "1.0", "0x1", "a"].map(parseId), Array(6).fill(undefined));
});

test("AccountFiles answers by name and by number", () => {
  assertEquals(ACCOUNTS.userById(5)?.name, "games");
  assertEquals(ACCOUNTS.groupById(29)?.name, "audio");
  assertEquals(ACCOUNTS.groupsOf("app", 1000), [4, 29, 33]);
  assertEquals(ACCOUNTS.groupsOf("app", 29), [4, 33]);
});

test("resolveIdentity takes names, numbers, and numbers without account", () => {
  const games = { uid: 5, gid: 60, groups: [], userName: "games", home: "/usr/games" };
  assertEquals(resolveIdentity(ACCOUNTS, "games"), games);
  assertEquals(resolveIdentity(ACCOUNTS, "5"), games);
  assertEquals(resolveIdentity(ACCOUNTS, "games", "audio").gid, 29);
  assertEquals(resolveIdentity(ACCOUNTS, "4711"), { uid: 4711, gid: 4711, groups: [] });
});

test("resolveIdentity tells who does not exist in the words of 0.3.9", () => {
  assertThrows(
    () => resolveIdentity(ACCOUNTS, "nope"),
    AccountError,
    "specified user ('nope') does not exist",
  );
  assertThrows(
    () => resolveGroup(ACCOUNTS, "nope"),
    AccountError,
    "specified group ('nope') does not exist",
  );
});
