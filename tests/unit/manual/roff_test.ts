import { assertEquals } from "@std/assert";
import {
  bold,
  formatItem,
  formatMarkdown,
  formatPlain,
  formatProse,
} from "../../../lib/manual/roff.ts";
import { test } from "../../test.ts";

test("formatProse sets code in bold and stress in italics, and gives each sentence a line", () => {
  assertEquals(
    formatProse("Say `kill -9` *once*. Then\nwait, see [types](#service-types)."),
    "Say \\fBkill \\-9\\fR \\fIonce\\fR.\nThen wait, see TYPES.",
  );
});

test("formatProse shows a backtick between double ones", () => {
  assertEquals(formatProse("`` $(`date`) `` runs"), "\\fB$(\\(gadate\\(ga)\\fR runs");
});

test("bold leaves nothing to roff that it would change", () => {
  assertEquals(bold("\\a-b'^~\"…"), "\\fB\\ea\\-b\\(aq\\(ha\\(ti\\(dq...\\fR");
  assertEquals(bold("é€"), "\\fB\\[u00E9]\\[u20AC]\\fR");
});

test("formatPlain takes marks of Markdown as they are, and options as typed", () => {
  assertEquals(
    formatPlain("Files *.conf and *.yaml, as --user says: well-known. `x`"),
    "Files *.conf and *.yaml, as \\-\\-user says: well-known.\n\\(gax\\(ga",
  );
});

test("no line begins like a request", () => {
  assertEquals(formatProse(".conf is read. 'x' too."), "\\&.conf is read.\n\\(aqx\\(aq too.");
  assertEquals(
    formatMarkdown("```\n.hidden\n\n'x'\n```"),
    ".PP\n.RS 4\n.EX\n\\&.hidden\n\n\\(aqx\\(aq\n.EE\n.RE",
  );
});

test("formatMarkdown makes sections of headings and a list of a table", () => {
  const markdown =
    "## Types\n\nText.\n\n| type | means | afterwards |\n| --- | --- | --- |\n| `a\\|b` | it runs | – |\n| c | ends. | nothing |";
  assertEquals(
    formatMarkdown(markdown),
    [
      ".SH TYPES",
      "Text.",
      formatItem("\\fBa|b\\fR", "It runs."),
      formatItem("c", "Ends.\nAfterwards: nothing."),
    ].join("\n"),
  );
});

test("formatMarkdown makes bullets of a list and nested headings of the third level", () => {
  assertEquals(
    formatMarkdown("### Part one\n\n- first\n  goes on\n- second"),
    ".SS Part one\n.IP \\(bu 2\nfirst goes on\n.IP \\(bu 2\nsecond",
  );
});
