import { assertEquals } from "@std/assert";
import { SaidOnce } from "../../../../lib/daemon/logging/said_once.ts";
import { test } from "../../../test.ts";
import { FakeOs } from "../fake_os.ts";

function bench() {
  const os = new FakeOs();
  const texts: string[] = [];
  const once = new SaidOnce({
    journal: { write: ({ text }) => void texts.push(text) },
    setTimer: (...timer) => os.setTimer(...timer),
  });
  const say = (key: string, text: string) => once.say(key, { level: "warn", text });
  return { os, texts, say };
}

test("SaidOnce says a thing once, and then how often, once a minute", () => {
  const { os, texts, say } = bench();
  for (let i = 0; i < 1000; i++) say("a", `refused ${i}`);
  say("b", "other");
  assertEquals(texts, ["refused 0", "other"]);
  os.advance(60_000);
  assertEquals(texts.slice(2), ["refused 999 (999 times more within a minute)"]);
  say("a", "refused again");
  os.advance(60_000);
  assertEquals(texts.slice(3), ["refused again (once more within a minute)"]);
  os.advance(60_000);
  say("a", "new");
  assertEquals(texts.slice(4), ["new"]);
});

test("SaidOnce sets no timer while nothing is said, and bounds what it keeps", () => {
  const { os, texts, say } = bench();
  for (let i = 0; i < 1000; i++) say(`key ${i}`, `text ${i}`);
  assertEquals(texts.length, 65);
  os.advance(60_000);
  assertEquals(texts.length, 66);
  os.advance(120_000);
  assertEquals(texts.length, 66);
});
