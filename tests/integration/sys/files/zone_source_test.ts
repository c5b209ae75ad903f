import { assertEquals, assertStringIncludes } from "@std/assert";
import { findLocalZone, isZoneStated } from "../../../../lib/sys/files/zone_source.ts";
import { test } from "../../test.ts";

const HOUR_MS = 3_600_000;
const WINTER_MS = Date.UTC(2026, 0, 1);

/** What local time is with these variables, and the hours it is ahead of UTC in winter. */
function find(variables: Readonly<Record<string, string | undefined>>) {
  const before = { TZ: Deno.env.get("TZ"), TZDIR: Deno.env.get("TZDIR") };
  const set = (values: Readonly<Record<string, string | undefined>>) => {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  };
  set({ TZ: undefined, TZDIR: undefined, ...variables });
  try {
    const { offsetAt, problem } = findLocalZone();
    const hours = offsetAt && offsetAt(WINTER_MS) / HOUR_MS;
    return { hours, problem, isStated: isZoneStated() };
  } finally {
    set(before);
  }
}

test("F-048: findLocalZone takes a name as the file that it is, wherever the files lie", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.copyFile("/usr/share/zoneinfo/Asia/Kathmandu", `${directory}/Etc`);
    await Deno.writeTextFile(`${directory}/EST5EDT`, "no zone");
    await Deno.writeTextFile(`${directory}/large`, "TZif".repeat(100_000));
    const known = { hours: 5.75, problem: undefined, isStated: true };
    assertEquals(find({ TZ: "Asia/Kathmandu" }), known);
    assertEquals(find({ TZ: ":Asia/Kathmandu" }), known);
    assertEquals(find({ TZ: `${directory}/Etc` }), known);
    assertEquals(find({ TZ: "Etc", TZDIR: directory }), known);
    // What is not a zone file is passed over.
    assertEquals(find({ TZ: "EST5EDT", TZDIR: directory }).hours, -5);
    assertStringIncludes(find({ TZ: "large", TZDIR: directory }).problem ?? "", "TZ='large'");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

test("findLocalZone takes UTC without looking at files", () => {
  for (const TZ of ["", "UTC", "Etc/UTC"]) {
    assertEquals(find({ TZ, TZDIR: "/nowhere" }), {
      hours: 0,
      problem: undefined,
      isStated: false,
    });
  }
});

test("findLocalZone leaves to V8 a name that no file is there for", () => {
  const { hours, problem } = find({ TZ: "Europe/Vienna", TZDIR: "/nowhere" });
  assertEquals([hours, problem], [undefined, undefined]);
});

test("F-048: findLocalZone says what is not understood", async () => {
  const directory = await Deno.makeTempDir();
  try {
    for (const TZ of ["Nowhere/City", directory, `${directory}/none`, "CET-1CEST,M3"]) {
      const { hours, problem } = find({ TZ });
      assertEquals(hours, 0, TZ);
      assertStringIncludes(problem ?? "", `TZ='${TZ}'`);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

test("F-047: findLocalZone takes /etc/localtime where TZ is not set", () => {
  const { problem, isStated } = find({});
  assertEquals([problem, isStated], [undefined, false]);
});
