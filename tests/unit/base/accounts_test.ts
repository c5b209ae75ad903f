import { assertEquals } from "@std/assert";
import { AccountFiles, parseGroup, parsePasswd } from "../../../lib/base/accounts.ts";
import { test } from "../../test.ts";

const PASSWD = `root:x:0:0:root:/root:/bin/sh
www:x:33:33::/var/www:/usr/sbin/nologin

# comment
short:x:5
bad:x:five:5::/:/bin/sh
www:x:34:34::/second:/bin/sh
nohome:x:77:78:::
+nis
`;

const GROUP = `root:x:0:
tty:x:5:www,nohome
empty::6
www:x:33:
adm:x:4: www , root
bad:x:none:www
`;

test("parsePasswd skips what is no account", () => {
  assertEquals(parsePasswd(PASSWD).map((user) => user.uid), [0, 33, 34, 77]);
});

test("parsePasswd gives the root directory to an account without home", () => {
  assertEquals(parsePasswd("a:x:1:2:::").at(0), { name: "a", uid: 1, gid: 2, home: "/" });
});

test("parseGroup reads members, with blanks or without", () => {
  assertEquals(parseGroup(GROUP).map((group) => group.members.length), [0, 2, 0, 0, 2]);
});

test("AccountFiles takes the first of two lines with one name", () => {
  const accounts = new AccountFiles(PASSWD, GROUP);
  assertEquals(accounts.userByName("www")?.home, "/var/www");
  assertEquals(accounts.userById(34)?.home, "/second");
  assertEquals(accounts.userByName("nobody"), undefined);
  assertEquals(accounts.groupByName("tty")?.gid, 5);
  assertEquals(accounts.groupById(6)?.name, "empty");
});

test("AccountFiles lists the groups that name a user", () => {
  assertEquals(new AccountFiles(PASSWD, GROUP).groupsOf("www", 33), [4, 5]);
});
