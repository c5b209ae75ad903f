import { assertEquals } from "@std/assert";
import { formatOwned, formatProgress, isNotable } from "../../../../lib/service/texts/own_text.ts";
import { test } from "../../../test.ts";

const DONE = {
  path: "/data",
  ...{ looked: 100, changed: 0, linked: 0, devices: 0, mounts: 0, deep: 0 },
  isReadOnly: false,
  tookMs: 1234,
};

test("a report says what was given, and what was left and why", () => {
  assertEquals(formatOwned(DONE, "app"), "own: /data: 0 of 100 given to app in 1.2 s");
  assertEquals(
    formatOwned({ ...DONE, changed: 3, linked: 2, devices: 1, mounts: 1 }, "1:2"),
    "own: /data: 3 of 100 given to 1:2 in 1.2 s; left as they are: 2 with several names, which " +
      "may be somebody else's files, 1 devices, 1 on other mounts",
  );
  assertEquals(
    formatOwned({ ...DONE, isReadOnly: true }, "app"),
    "own: /data is mounted read-only, and not all app's: nothing was changed",
  );
  assertEquals(
    formatProgress({ ...DONE, changed: 5 }, "app"),
    "own: /data: 100 looked at so far, 5 given to app",
  );
});

test("what needs nobody's attention is no news", () => {
  assertEquals(isNotable({ ...DONE, mounts: 1 }), false);
  for (const name of ["changed", "linked", "devices", "deep"]) {
    assertEquals(isNotable({ ...DONE, [name]: 1 }), true, name);
  }
  assertEquals(isNotable({ ...DONE, isReadOnly: true }), true);
});

test("each kind that is left is named, one that is not there is left out", () => {
  for (
    const [name, what] of [
      ["linked", "with several names, which may be somebody else's files"],
      ["devices", "devices"],
      ["mounts", "on other mounts"],
      ["deep", "more than 256 directories deep"],
    ]
  ) {
    assertEquals(
      formatOwned({ ...DONE, [name as string]: 4 }, "app"),
      `own: /data: 0 of 100 given to app in 1.2 s; left as they are: 4 ${what}`,
    );
  }
});
