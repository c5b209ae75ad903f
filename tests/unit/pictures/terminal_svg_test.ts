import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { drawTerminal } from "../../pictures/terminal_svg.ts";
import { type Piece, Transcript } from "../../pictures/transcript.ts";
import { test } from "../../test.ts";

function draw(pieces: readonly Piece[], rows = 4): string {
  const transcript = new Transcript(40);
  for (const piece of pieces) transcript.write(piece);
  return drawTerminal(transcript, { title: "a <title>", rows, restMs: 1000 });
}

function textsOf(svg: string): string[] {
  const body = svg.slice(svg.indexOf('<g id="scroll">'));
  return [...body.matchAll(/<text [^>]*>([^<]*)</g)].map((match) => match[1] ?? "");
}

test("drawTerminal draws one text for neighbours that came together in one style", () => {
  const svg = draw([{ text: "one two\r\n\x1b[32mok\x1b[0m done", atMs: 0 }]);
  assertEquals(textsOf(svg), ["one two", "ok", "done"]);
  assertMatch(svg, /<text x="0" y="31" textLength="16.8" class="green">ok</);
});

test("drawTerminal lets each text appear when it came, in a loop with a rest", () => {
  const svg = draw([{ text: "now", atMs: 0 }, { text: " then", atMs: 1000 }]);
  assertStringIncludes(svg, "animation:2s step-end infinite");
  assertStringIncludes(svg, "@keyframes t1{0%{opacity:0}50%{opacity:1}}");
  assertMatch(svg, /<text [^>]*class="t1">then</);
  assertMatch(svg, /<text [^>]*\d">now</);
});

test("drawTerminal scrolls when rows come that have no room, and rests at the end", () => {
  const svg = draw([{ text: "1\n2\n3\n", atMs: 0 }, { text: "4\n5\n6", atMs: 3000 }]);
  assertStringIncludes(svg, "75%{transform:translateY(-36px)}");
  assertStringIncludes(svg, "#scroll{transform:translateY(-36px)}");
});

test("drawTerminal moves only for those who have not asked for less motion", () => {
  const svg = draw([{ text: "a", atMs: 0 }, { text: "b", atMs: 500 }]);
  const [still = "", moving = ""] = svg.split("@media (prefers-reduced-motion:no-preference)");
  assert(!/animation|opacity/.test(still));
  assertStringIncludes(moving, "animation");
});

test("drawTerminal has colours for both schemes, and only those it uses", () => {
  const svg = draw([{ text: "\x1b[33mcareful", atMs: 0 }]);
  assertStringIncludes(svg, "@media (prefers-color-scheme:light)");
  assertStringIncludes(svg, ".yellow{fill:var(--yellow)}");
  assert(!svg.includes(".red{"));
});

test("drawTerminal lets nothing that was shown become markup", () => {
  const svg = draw([{ text: '<img src="x"> & co', atMs: 0 }]);
  assertEquals(textsOf(svg), ["&lt;img src=&quot;x&quot;> &amp; co"]);
  assertStringIncludes(svg, 'aria-label="a &lt;title>"');
});
