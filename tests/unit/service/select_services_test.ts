import { assertEquals, assertThrows } from "@std/assert";
import { selectServices, UnknownServiceError } from "../../../lib/service/select_services.ts";
import { test } from "../../test.ts";

const KNOWN = [
  { name: "db.service", groups: ["storage"] },
  { name: "cache.service", groups: ["storage", "fast"] },
  { name: "web.1.service", groups: ["default"], section: "web.service" },
  { name: "web.2.service", groups: ["default"], section: "web.service" },
  { name: "job.1.service", groups: ["default"], section: "job.service" },
  { name: "odd.service", groups: ["default"] },
  { name: "tape.service", groups: ["o*"] },
  { name: "CONSOLE", groups: ["IDLE"] },
];

test("selectServices takes services, instances, groups and patterns", () => {
  const cases: [words: string[], names: string[]][] = [
    [[], []],
    [["db"], ["db.service"]],
    [["db.service"], ["db.service"]],
    [["CONSOLE"], ["CONSOLE"]],
    [["web"], ["web.1.service", "web.2.service"]],
    [["web.2"], ["web.2.service"]],
    [["job"], ["job.1.service"]],
    [["o*"], ["tape.service"]],
    [["storage"], ["db.service", "cache.service"]],
    [["*w*", "db"], ["db.service", "web.1.service", "web.2.service"]],
    [["web.[2-9]"], ["web.2.service"]],
    [["web.service"], ["web.1.service", "web.2.service"]],
    [["c?che"], ["cache.service"]],
    [["fast", "db", "fast"], ["db.service", "cache.service"]],
  ];
  for (const [words, names] of cases) assertEquals(selectServices(words, KNOWN), names);
});

test("selectServices refuses a word that means nothing", () => {
  for (const word of ["x", "", "x*", "WEB", "console"]) {
    assertThrows(
      () => selectServices(["db", word], KNOWN),
      UnknownServiceError,
      `no such service: ${word}`,
    );
  }
});
