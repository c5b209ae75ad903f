import { assertEquals } from "@std/assert";
import { formatForTerminal } from "../../../lib/manual/terminal.ts";
import { test } from "../../test.ts";

test("formatForTerminal takes marks away, and breaks lines at 80 columns", () => {
  const long = "word ".repeat(20);
  const lines = formatForTerminal(
    `## Of *types*\n\nSay \`a\\b\`, see [types](#types). ${long}`,
  );
  assertEquals(lines.slice(0, 2), ["Of types", ""]);
  assertEquals(lines[2], `Say a\\b, see types. ${"word ".repeat(12).trim()}`);
  assertEquals(lines.length, 4);
});

test("formatForTerminal makes a list of a table, and lets code stand", () => {
  const table = "| a | b | c |\n| --- | --- | --- |\n| `x\\|y` | one | two |\n| z | three | – |";
  assertEquals(formatForTerminal(`${table}\n\n\`\`\`yaml\na:\n\n  b: 1\n\`\`\``), [
    "  x|y  One. C: two.",
    "  z    Three.",
    "",
    "  a:",
    "  ",
    "    b: 1",
  ]);
});

test("formatForTerminal gives long first cells a line of their own", () => {
  const tag = "a cell that is longer than the others";
  assertEquals(formatForTerminal(`| a | b |\n| --- | --- |\n| ${tag} | one |`), [
    `  ${tag}`,
    "    One.",
  ]);
});

test("formatForTerminal shows items with their dash", () => {
  assertEquals(formatForTerminal("- one\n  goes on\n- two"), ["  -  one goes on", "  -  two"]);
});
