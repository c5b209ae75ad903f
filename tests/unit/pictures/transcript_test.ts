import { assertEquals, assertThrows } from "@std/assert";
import { pagesOf, shortenPauses, Transcript } from "../../pictures/transcript.ts";
import { test } from "../../test.ts";

function transcriptOf(columns: number, ...texts: string[]): Transcript {
  const transcript = new Transcript(columns);
  texts.forEach((text, index) => transcript.write({ text, atMs: index * 100 }));
  return transcript;
}

function textsOf({ rows }: Transcript): string[] {
  return rows.map((row) => row.map(({ char }) => char).join(""));
}

test("Transcript keeps lines, and when each cell came", () => {
  const transcript = transcriptOf(80, "$ l", "s\r\na b\r\n");
  assertEquals(textsOf(transcript), ["$ ls", "a b", ""]);
  assertEquals(transcript.rows[0]?.map(({ atMs }) => atMs), [0, 0, 0, 100]);
});

test("Transcript breaks a line that is full, and not before more comes", () => {
  assertEquals(textsOf(transcriptOf(3, "abc\r\nabcd")), ["abc", "abc", "d"]);
});

test("Transcript overwrites after CR and BS, and clears to the end of the line", () => {
  assertEquals(textsOf(transcriptOf(80, "12345\rab", "\b\x1b[Kc")), ["ac"]);
});

test("Transcript moves a tab to the next eighth column", () => {
  assertEquals(textsOf(transcriptOf(80, "ab\tc")), ["ab      c"]);
});

test("Transcript gives cells the style in force", () => {
  const [row = []] = transcriptOf(80, "a\x1b[31;1mb\x1b[39mc\x1b[22;2md\x1b[0me").rows;
  assertEquals(row.map(({ style }) => style), [
    {},
    { colour: "red", bold: true },
    { bold: true },
    { faint: true },
    {},
  ]);
});

test("Transcript ignores the bell and modes, and refuses what it cannot show", () => {
  assertEquals(textsOf(transcriptOf(80, "\x1b[?2004h\x07a")), ["a"]);
  for (const text of ["\x1b[2J", "\x1b[3;4H", "\x1b[38m", "\x1b]0;title\x07"]) {
    assertThrows(() => transcriptOf(80, text), Error, "Cannot show");
  }
});

test("Transcript knows what is reversed", () => {
  const [row = []] = transcriptOf(80, "\x1b[7ma\x1b[0mb").rows;
  assertEquals(row.map(({ style }) => style), [{ reverse: true }, {}]);
});

test("pagesOf makes a page of each drawing, as long as the screen", () => {
  const pieces = [
    { text: "shell\x1b[?1049h\x1b[?25l\x1b[Hone\x1b[K\r\nt", atMs: 5 },
    { text: "wo\x1b[J", atMs: 6 },
    { text: "\x1b[Ha\r\nb\r\nc\r\nd\x1b[?1049lshell", atMs: 9 },
  ];
  assertEquals(pagesOf(pieces, 3), [
    { text: "one\r\ntwo\r\n", atMs: 5 },
    { text: "\r\na\r\nb\r\nc", atMs: 9 },
  ]);
});

test("shortenPauses cuts long pauses and moves what follows", () => {
  const pieces = [0, 50, 5000, 5100, 9000].map((atMs) => ({ text: "x", atMs }));
  assertEquals(shortenPauses(pieces, 1000).map(({ atMs }) => atMs), [0, 50, 1050, 1150, 2150]);
});
