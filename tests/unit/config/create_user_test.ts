import { assertEquals, assertNotEquals } from "@std/assert";
import { parseCreateUser, planUser, type UserFacts } from "../../../lib/config/create_user.ts";
import { test } from "../../test.ts";

const USERS = [{ name: "root", uid: 0, gid: 0 }, { name: "games", uid: 5, gid: 60 }];
const GROUPS = [{ name: "root", gid: 0 }, { name: "games", gid: 60 }, { name: "staff", gid: 50 }];

const FACTS: UserFacts = {
  accounts: {
    userByName: (name) => USERS.find((user) => user.name === name),
    userById: (uid) => USERS.find((user) => user.uid === uid),
    groupByName: (name) => GROUPS.find((group) => group.name === name),
    groupById: (gid) => GROUPS.find((group) => group.gid === gid),
  },
  owner: undefined,
  defaultHome: undefined,
  usualHomeExists: false,
};

function plan(value: string, facts: Partial<UserFacts> = {}) {
  const wanted = parseCreateUser(value);
  if (wanted === undefined) throw new Error(value);
  const result = planUser(wanted, { ...FACTS, ...facts });
  return result.kind === "refused" ? result.reason : result.actions;
}

const BOB = { kind: "add-user", name: "bob", uid: undefined, group: undefined, home: undefined };
const GAMES = { name: "games", gid: 60 };

function parsed(value: string) {
  const user = parseCreateUser(value);
  return user && [user.name, user.file, user.uid, user.gid];
}

test("parseCreateUser reads name, uid and gid, each of them optional", () => {
  assertEquals(parsed("bob"), ["bob", undefined, undefined, undefined]);
  assertEquals(parsed("bob:5555"), ["bob", undefined, 5555, undefined]);
  assertEquals(parsed("bob:5555:6666"), ["bob", undefined, 5555, "6666"]);
  assertEquals(parsed("bob:5555:games"), ["bob", undefined, 5555, "games"]);
  assertEquals(parsed("bob::games"), ["bob", undefined, undefined, "games"]);
  assertEquals(parsed("bob::60"), ["bob", undefined, undefined, "60"]);
  assertEquals(parsed("bob:games"), ["bob", undefined, undefined, "games"]);
  assertEquals(parsed("bob::"), ["bob", undefined, undefined, undefined]);
  assertEquals(parsed("Bob-2_x"), ["Bob-2_x", undefined, undefined, undefined]);
});

test("parseCreateUser reads a file before uid and gid", () => {
  assertEquals(parsed("bob:/some/file"), ["bob", "/some/file", undefined, undefined]);
  assertEquals(parsed("bob:/some/file:7000"), ["bob", "/some/file", 7000, undefined]);
  assertEquals(parsed("bob:/f::staff"), ["bob", "/f", undefined, "staff"]);
  assertEquals(parsed("bob:/"), ["bob", "/", undefined, undefined]);
});

test("parseCreateUser reads an escaped colon as part of the file", () => {
  assertEquals(parsed(String.raw`bob:/a\:b`), ["bob", "/a:b", undefined, undefined]);
  assertEquals(parsed(String.raw`bob:/a\:55:66`), ["bob", "/a:55", 66, undefined]);
  assertEquals(parsed(String.raw`bob:/a\b`), ["bob", "/a\\b", undefined, undefined]);
});

test("parseCreateUser refuses what is no such value", () => {
  for (const value of ["BAD NAME", "", "5", "bob:rel/file", "bob:1:2:3", "bob\n", "bob:1x"]) {
    assertEquals(parseCreateUser(value), undefined, value);
  }
});

test("planUser adds a user with what was given and nothing else", () => {
  assertEquals(plan("bob"), [BOB]);
  assertEquals(plan("bob:5555"), [{ ...BOB, uid: 5555 }]);
});

test("planUser uses an existing group, by name or number", () => {
  for (const value of ["bob:5555:games", "bob:5555:60"]) {
    assertEquals(plan(value), [{ ...BOB, uid: 5555, group: GAMES }]);
  }
  assertEquals(plan("bob::games"), [{ ...BOB, group: GAMES }]);
  assertEquals(plan("bob:games"), [{ ...BOB, group: GAMES }]);
});

test("planUser adds a group named like the user for a number without group", () => {
  const group = { name: "bob", gid: 6666 };
  assertEquals(plan("bob:5555:6666"), [
    { kind: "add-group", ...group },
    { ...BOB, uid: 5555, group },
  ]);
  assertEquals(
    plan("staff::6666"),
    "Error while trying to add group: staff (it exists already, with GID 50)",
  );
});

test("planUser refuses a group name that does not exist", () => {
  assertEquals(plan("bob:5555:nosuchgrp"), "Group does not exist: nosuchgrp");
});

test("planUser takes over the owner of a file for what is not given", () => {
  const owner = { uid: 4000, gid: 60 };
  assertEquals(plan("bob:/f", { owner }), [{ ...BOB, uid: 4000, group: GAMES }]);
  assertEquals(plan("bob:/f:7000", { owner }), [{ ...BOB, uid: 7000, group: GAMES }]);
  assertEquals(plan("bob:/f::staff", { owner }), [
    { ...BOB, uid: 4000, group: { name: "staff", gid: 50 } },
  ]);
});

test("planUser accepts an existing user with matching numbers unchanged", () => {
  for (const value of ["games", "games:5", "games:5:60", "games:5:games", "games:games"]) {
    assertEquals(plan(value), [], value);
  }
  assertEquals(plan("games:/f", { owner: { uid: 5, gid: 60 }, defaultHome: "/srv" }), []);
});

test("planUser refuses an existing user with other numbers", () => {
  assertEquals(plan("games:77"), "User games exists, but does not have expected UID=77");
  assertEquals(plan("games:5:50"), "User games exists, but does not have expected GID=50");
  assertEquals(plan("games:staff"), "User games exists, but does not have expected GID=staff");
  assertEquals(plan("games:nosuch"), "specified group ('nosuch') does not exist");
  assertEquals(plan("games::4711"), "specified group ('4711') does not exist");
});

test("planUser refuses a uid that belongs to somebody or cannot exist", () => {
  const failure = "Error while trying to add user: bob";
  assertEquals(plan("bob:5"), `${failure} (UID 5 belongs to games)`);
  assertNotEquals(plan("bob:4294967294"), `${failure} (UID 4294967294 is out of range)`);
  assertEquals(plan("bob:4294967295"), `${failure} (UID 4294967295 is out of range)`);
  const group = "Error while trying to add group: bob";
  assertNotEquals(plan("bob::4294967294"), `${group} (GID 4294967294 is out of range)`);
  assertEquals(
    plan("bob::4294967295"),
    "Error while trying to add group: bob (GID 4294967295 is out of range)",
  );
});

test("planUser sets the default home only where the usual one is missing", () => {
  assertEquals(plan("bob", { defaultHome: "/srv" }), [{ ...BOB, home: "/srv" }]);
  assertEquals(plan("bob", { defaultHome: "/srv", usualHomeExists: true }), [BOB]);
});

test("planUser refuses a home that would break the account file", () => {
  assertEquals(
    plan("bob", { defaultHome: "/a:b\n" }),
    'Error while trying to add user: bob (invalid home directory "/a:b\\n")',
  );
});
