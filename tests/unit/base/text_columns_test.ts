import { assertEquals } from "@std/assert";
import { columnsOf, fitColumns, padColumns } from "../../../lib/base/text_columns.ts";
import { test } from "../../test.ts";

test("columnsOf counts wide characters twice and marks not at all", () => {
  const widths: readonly [text: string, columns: number][] = [
    ["", 0],
    ["web", 3],
    ["Größe →", 7],
    ["起動", 4],
    ["ｆｕｌｌ", 8],
    ["한국", 4],
    ["🚀", 2],
    ["𠮷", 2],
    ["e\u0301", 1],
    ["a\u200bb", 2],
  ];
  assertEquals(widths.map(([text]) => [text, columnsOf(text)]), widths);
});

test("fitColumns cuts no character in two and is never too wide", () => {
  assertEquals(fitColumns("起動しました", 7), "起動し…");
  assertEquals(fitColumns("起動しました", 6), "起動…");
  assertEquals(fitColumns("🚀🚀", 3), "🚀…");
  assertEquals(fitColumns("🚀", 1), "…");
  // What has no width of its own stays with what it belongs to.
  assertEquals(fitColumns("e\u0301e\u0301e\u0301", 2), "e\u0301…");
});

const CUTS: readonly (readonly [text: string, columns: number, cut: string])[] = [
  ["abc", 4, "abc"],
  ["abc", 3, "abc"],
  ["abc", 2, "a…"],
  ["abc", 1, "…"],
  ["abc", 0, ""],
  ["abc", -1, ""],
  ["", 0, ""],
];

for (const [text, columns, cut] of CUTS) {
  test(`fitColumns of '${text}' to ${columns} is '${cut}'`, () => {
    assertEquals(fitColumns(text, columns), cut);
  });
}

test("padColumns fills up to the width", () => {
  assertEquals(padColumns("web", 5), "web  ");
  assertEquals(padColumns("起動", 5), "起動 ");
  assertEquals(padColumns("起動", 3), "起動");
});
