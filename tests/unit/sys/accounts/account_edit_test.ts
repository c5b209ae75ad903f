import { assertEquals } from "@std/assert";
import {
  type AccountFileTexts,
  editAccounts,
  parseAccountDefaults,
  usualHome,
} from "../../../../lib/sys/accounts/account_edit.ts";
import type { AccountAction } from "../../../../lib/config/create_user.ts";
import { test } from "../../../test.ts";

const TEXTS: AccountFileTexts = {
  passwd: "root:x:0:0:root:/root:/bin/sh\nanna:x:1000:1000::/home/anna:/bin/sh\n",
  group: "root:x:0:\nanna:x:1000:\nstaff:x:1001:anna\n",
};
const OPTIONS = { defaults: parseAccountDefaults("", ""), today: 20000 };
const BOB = { kind: "add-user", name: "bob", uid: undefined, group: undefined, home: undefined };

function edit(change: object, texts: AccountFileTexts = TEXTS, options = OPTIONS) {
  const result = editAccounts(texts, { ...BOB, ...change } as AccountAction, options);
  return result.kind === "refused" ? result.reason : result.texts;
}

test("parseAccountDefaults falls back to the usual values", () => {
  assertEquals(OPTIONS.defaults, {
    homeBase: "/home",
    shell: "/bin/sh",
    uids: { first: 1000, last: 60_000 },
    gids: { first: 1000, last: 60_000 },
  });
});

test("parseAccountDefaults reads login.defs and the defaults of useradd, comments left out", () => {
  const defaults = parseAccountDefaults(
    "# UID_MIN 1\nUID_MIN\t\t  500\n UID_MAX 600 # x\nGID_MIN abc\n",
    "# HOME=/x\nHOME=/users/\nSHELL=/bin/bash\nGROUP=100\n",
  );
  assertEquals(defaults, {
    homeBase: "/users/",
    shell: "/bin/bash",
    uids: { first: 500, last: 600 },
    gids: { first: 1000, last: 60_000 },
  });
  assertEquals(usualHome(defaults, "bob"), "/users/bob");
});

test("editAccounts adds a user with the next free uid and a group of its own", () => {
  assertEquals(edit({}), {
    passwd: `${TEXTS.passwd}bob:!:1001:1002::/home/bob:/bin/sh\n`,
    group: `${TEXTS.group}bob:x:1002:\n`,
  });
});

test("editAccounts gives user and group the same number where it is free", () => {
  assertEquals(edit({ uid: 5555, home: "/srv" }), {
    passwd: `${TEXTS.passwd}bob:!:5555:5555::/srv:/bin/sh\n`,
    group: `${TEXTS.group}bob:x:5555:\n`,
  });
});

test("editAccounts uses a given group and adds none", () => {
  assertEquals(edit({ uid: 5555, group: { name: "staff", gid: 1001 } }), {
    passwd: `${TEXTS.passwd}bob:!:5555:1001::/home/bob:/bin/sh\n`,
    group: TEXTS.group,
  });
});

test("editAccounts adds locked entries to shadow files where there are some", () => {
  const texts = { ...TEXTS, shadow: "root:*:1:0:99999:7:::\n", gshadow: "" };
  assertEquals(edit({ uid: 5555 }, texts), {
    passwd: `${TEXTS.passwd}bob:x:5555:5555::/home/bob:/bin/sh\n`,
    group: `${TEXTS.group}bob:x:5555:\n`,
    shadow: "root:*:1:0:99999:7:::\nbob:!:20000:0:99999:7:::\n",
    gshadow: "bob:!::\n",
  });
});

test("editAccounts ends an unfinished last line first, and starts files that are empty", () => {
  assertEquals(edit({ uid: 7 }, { passwd: "root:x:0:0::/:/sh", group: "" }), {
    passwd: "root:x:0:0::/:/sh\nbob:!:7:7::/home/bob:/bin/sh\n",
    group: "bob:x:7:\n",
  });
});

test("editAccounts adds a group", () => {
  const action = { kind: "add-group", name: "bob", gid: 6666 } as const;
  assertEquals(editAccounts(TEXTS, action, OPTIONS), {
    kind: "edited",
    texts: { ...TEXTS, group: `${TEXTS.group}bob:x:6666:\n` },
  });
});

test("editAccounts refuses names and numbers that are taken, and an empty range", () => {
  const failure = "Error while trying to add user:";
  assertEquals(edit({ name: "anna" }), `${failure} anna (user exists)`);
  assertEquals(edit({ uid: 1000 }), `${failure} bob (UID 1000 belongs to anna)`);
  assertEquals(edit({ name: "staff" }), `${failure} staff (group staff exists, name it to use it)`);
  const full = { defaults: parseAccountDefaults("UID_MAX 1000", ""), today: 1 };
  assertEquals(edit({}, TEXTS, full), `${failure} bob (no UID is free)`);
  for (const action of [{ name: "staff", gid: 9 }, { name: "bob", gid: 1001 }]) {
    assertEquals(
      edit({ kind: "add-group", ...action }),
      `Error while trying to add group: ${action.name} (group staff exists with GID 1001)`,
    );
  }
});
