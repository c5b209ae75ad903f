import { assert, assertEquals } from "@std/assert";
import { CHAPERONE_OPTIONS } from "../../../lib/commands/command_line.ts";
import { listDirectives } from "../../../lib/config/directives.ts";
import { TELCHAP_COMMANDS } from "../../../lib/commands/telchap_commands.ts";
import { MAN_PAGES } from "../../../lib/manual/man_pages.ts";
import { bold } from "../../../lib/manual/roff.ts";
import { SECTION_KINDS } from "../../../lib/config/directive.ts";
import { test } from "../../test.ts";

function page(name: string): string {
  return MAN_PAGES[name]?.() ?? "";
}

test("every manual page says what it is, how it is called and where to read on", () => {
  for (const name of Object.keys(MAN_PAGES)) {
    const headings = [...page(name).matchAll(/^\.SH (.+)$/gm)].map((match) => match[1]);
    assertEquals(headings.slice(0, 3), ["NAME", "SYNOPSIS", "DESCRIPTION"], name);
    assertEquals(headings.at(-1), "SEE ALSO", name);
    assertEquals(new Set(headings).size, headings.length, `${name} has a heading twice`);
  }
});

test("pages of programs tell their exit status and show examples", () => {
  for (const name of Object.keys(MAN_PAGES).filter((file) => !file.endsWith(".5"))) {
    for (const heading of ["EXIT STATUS", "EXAMPLES"]) {
      assert(page(name).includes(`\n.SH ${heading}\n`), `${name} has no ${heading}`);
    }
  }
});

test("chaperone.8 has every option, telchap.1 every command, chaperone.d.5 every directive", () => {
  for (const { name } of CHAPERONE_OPTIONS) {
    assert(page("chaperone.8").includes(bold(`--${name}`)), name);
  }
  for (const { name } of TELCHAP_COMMANDS) {
    assert(page("telchap.1").includes(`\n.TP\n${bold(name)}`), name);
  }
  for (const { name } of SECTION_KINDS.flatMap(listDirectives)) {
    assert(page("chaperone.d.5").includes(`\n.TP\n${bold(name)}\n`), name);
  }
});

test("pages that are referred to with our names exist", () => {
  for (const name of Object.keys(MAN_PAGES)) {
    const references = page(name).matchAll(
      /(?<topic>(?:chaperone|telchap|envcp|sdnotify)(?:[\w.]|\\-)*)(?:\\fR)?\((?<section>\d)\)/g,
    );
    for (const { groups } of references) {
      const file = `${groups?.["topic"]?.replaceAll("\\", "")}.${groups?.["section"]}`;
      assert(file in MAN_PAGES, `${name} refers to ${file}`);
    }
  }
});
