import { assertEquals } from "@std/assert";
import { tameText } from "../../../lib/log/terminal_text.ts";
import { test } from "../../test.ts";

test("tameText leaves text, lines, tabs and colours as they are", () => {
  const text = "größe 🎉\n\tcolumn \x1b[1;31mred\x1b[m and \x1b[38:5:9mmore\x1b[0m\n";
  assertEquals(tameText(text), text);
});

test("tameText shows what would steer a terminal", () => {
  assertEquals(tameText("\x1b[2J\x1b]0;title\x07"), "#033[2J#033]0;title#007");
  assertEquals(tameText("over\rwritten\x08\x7f\0"), "over#015written#010#177#000");
  assertEquals(tameText("\x9b2J \x90q"), "#2332J #220q");
  assertEquals(tameText("\x1b[1;31"), "#033[1;31");
});
