import { assert, assertEquals, assertThrows } from "@std/assert";
import { Environment } from "../../../../lib/config/environment/environment.ts";
import {
  expandText,
  ExpansionError,
  type ExpansionScope,
  hasExpansion,
  literal,
} from "../../../../lib/config/environment/expansion.ts";
import { test } from "../../../test.ts";
import { roundsOf, SEED } from "../../random_text.ts";

const VARIABLES: Readonly<Record<string, string>> = {
  A: "apple",
  B: "banana",
  EMPTY: "",
  "APPS-DIR": "/apps",
  "A ": "blank",
  PATHS: "/usr/bin:/bin",
  LINES: "one\ntwo",
  SLY: "$(A) `id` \\$(A)",
};

function scope(more: Partial<ExpansionScope> = {}): ExpansionScope {
  return {
    lookup: (name) => Object.hasOwn(VARIABLES, name) ? VARIABLES[name] : undefined,
    run: (command) => `<${command}>`,
    ...more,
  };
}

/** Expands as in the value of a variable. */
function expand(text: string): string {
  return expandText(text, scope(), "bare");
}

function assertExpansions(rows: readonly (readonly [string, string])[]): void {
  for (const [text, expected] of rows) assertEquals(expand(text), expected, text);
}

/** The rows of the table, with parentheses; each is tried with braces as well. */
const TABLE: readonly (readonly [string, string])[] = [
  ["$(A)", "apple"],
  ["$(EMPTY)", ""],
  ["$(NOPE)", "$(NOPE)"],
  ["$(A:-text)", "apple"],
  ["$(EMPTY:-text)", "text"],
  ["$(NOPE:-text)", "text"],
  ["$(NOPE:-)", ""],
  ["$(A:+text)", "text"],
  ["$(EMPTY:+text)", ""],
  ["$(NOPE:+text)", ""],
  ["$(A:_text)", ""],
  ["$(EMPTY:_text)", "text"],
  ["$(NOPE:_text)", "text"],
  ["$(A:?text)", "apple"],
  ["$(A:|yes)", "yes"],
  ["$(EMPTY:|yes)", ""],
  ["$(NOPE:|yes)", ""],
  ["$(A:|yes|no)", "yes"],
  ["$(EMPTY:|yes|no)", "no"],
  ["$(NOPE:|yes|no)", "no"],
  ["$(A:|app*|yes|no)", "yes"],
  ["$(A:|APP??|yes|no)", "yes"],
  ["$(A:|pp|yes|no)", "no"],
  ["$(EMPTY:|?*|yes|no)", "no"],
  ["$(NOPE:|*|yes|no)", "yes"],
  ["$(A:|app*|yes|no|more)", "yes"],
  ["$(A:|x|yes|no|more)", "no"],
  ["$(A:/p/P/)", "aPPle"],
  ["$(A:/P/x/)", "apple"],
  ["$(A:/P/x/i)", "axxle"],
  ["$(PATHS:/\\/usr\\/bin/\\/opt\\/x/)", "/opt/x:/bin"],
  ["$(A:/(a)(p)/\\2\\1/)", "paple"],
  ["$(A:/p+/[\\g<0>]/)", "a[pp]le"],
  ["$(A:/p+/[\\0]/)", "a[pp]le"],
  ["$(A:/^.*$/$(B)/)", "banana"],
  ["$(NOPE:/^$/none/)", "none"],
  ["$(`cmd`)", "<cmd>"],
  ["$(`cmd $(A)`)", "<cmd apple>"],
  ["$(`date +%H:%M`)", "<date +%H:%M>"],
  ["$(A:=x)", "$(A:=x)"],
  ["$( A )", "$( A )"],
  ["$()", "$()"],
  ["$(A:)", "$(A:)"],
  ["$(APPS-DIR)", "/apps"],
  ["$(APPS-DIR:+set)", "set"],
  ["$(A )", "blank"],
];

test("expandText gives what the table of forms says, with parentheses", () => {
  assertExpansions(TABLE);
});

test("expandText gives what the table of forms says, with braces", () => {
  assertExpansions(
    TABLE.map(([text, expected]): [string, string] => {
      const braces = (part: string) => part.replace(/^\$\((.*)\)$/s, "${$1}");
      return [braces(text), expected === text ? braces(expected) : expected];
    }),
  );
});

test("expandText leaves everything that is no construct", () => {
  for (const text of ["", "plain", "$A", "$[A]", "a $ b", "(A)", "100%", "it's", "$", "\\", "$$"]) {
    assertEquals(expand(text), text);
  }
});

test("expandText expands several constructs and keeps the text around them", () => {
  assertExpansions([["<$(A)|${B}>", "<apple|banana>"], ["$$(A)", "$apple"], [
    "$(A)$(A)",
    "appleapple",
  ]]);
});

test("expandText throws the text of :? for an empty value, expanded", () => {
  for (const name of ["EMPTY", "NOPE"]) {
    assertThrows(() => expand(`x $(${name}:?need $(A)) y`), ExpansionError, "need apple");
  }
  assertThrows(
    () => expand("$(NOPE:?)"),
    ExpansionError,
    "the variable in '$(NOPE:?)' has no value",
  );
});

test("expandText treats an empty value as an undefined one in every operator", () => {
  for (const form of [":-t", ":+t", ":_t", ":|t", ":|t|u", ":|?*|t|u", ":/^$/t/"]) {
    assertEquals(expand(`$(EMPTY${form})`), expand(`$(NOPE${form})`), form);
  }
});

test("expandText expands nested defaults three levels deep, in mixed brackets", () => {
  assertExpansions([
    ["$(X:-${Y:-$(Z:-deep)})", "deep"],
    ["$(X:-a${Y:-b$(A)c}d)", "abapplecd"],
    ["$(X:-(a [b] {c}))", "(a [b] {c})"],
    ["$(X:+$(Y:?never looked at))", ""],
  ]);
});

test("expandText counts no brackets between double quotes or backticks", () => {
  assertExpansions([
    ['$(X:-")")', '")"'],
    ['$(X:-"(" $(A))', '"(" apple'],
    ["$(X:-`echo )`)", "<echo )>"],
    ["$(X:-it's)", "it's"],
    ["$(X:-'$(A)')", "'apple'"],
  ]);
});

test("expandText leaves an unterminated or mis-nested construct and all that follows it", () => {
  for (const rest of ["$(A", "$(A} $(A)", "${X:-(a} $(A)", '$(X:-") $(A)', "$(X:-`) $(A)", "$("]) {
    assertEquals(expand(`$(B) ${rest}`), `banana ${rest}`);
  }
});

test("expandText takes the backslash off an introducer and scans what follows", () => {
  assertExpansions([
    ["\\$(A)", "$(A)"],
    ["\\${A}", "${A}"],
    ["\\$($(A)", "$(apple"],
    ["$(A)\\$(A)$(A)", "apple$(A)apple"],
    ["\\\\$(A)", "\\$(A)"],
    ["$(X:-\\$(A))", "$(A)"],
    ["\\n \\` \\$A", "\\n \\` \\$A"],
  ]);
});

test("expandText takes constructs and values of several lines", () => {
  assertExpansions([
    ["$(X:-one\ntwo)", "one\ntwo"],
    ["$(A:|?*|one\n$(B)\n|none)", "one\nbanana\n"],
    ["$(LINES:/\n/,/)", "one,two"],
    ["$(LINES:|one*|yes|no)", "yes"],
  ]);
});

test("expandText splits :| at every unescaped bar and unescapes bars in three parts", () => {
  assertExpansions([
    ["$(A:|app*|x \\| y|no)", "x | y"],
    ["$(A:|b*|no|x \\| y)", "x | y"],
    ["$(A:|x \\| y)", "x \\| y"],
    ["$(A:|x \\| y|no)", "x \\| y"],
    ["$(A:|x*|$(B:\\|y\\|n)|z)", "z"],
    ["$(A:|a*|$(B:\\|y\\|n)|z)", "y"],
  ]);
});

test("expandText does not expand the pattern of :|", () => {
  assertEquals(expand("$(A:|$(A)|yes|no)"), "no");
});

test("expandText throws for a malformed :/ and names it", () => {
  for (
    const body of ["A:/x", "A:/x/y", "A:/x/y/g", "A:/x/y/z/", "A://y/", "A:/*/y/", "A:/x/\\1/"]
  ) {
    assertThrows(
      () => expand(`$(${body})`),
      ExpansionError,
      `'$(${body})' is not a replacement; write $(NAME:/PATTERN/TEXT/)`,
    );
  }
});

test("expandText expands the replacement of :/ after groups have been filled in", () => {
  assertExpansions([
    ["$(A:/^(a).*$/${\\1:-x}/)", "x"],
    ["$(B:/^b.*$/$(A:-\\0)/)", "apple"],
    ["$(B:/^b.*$/$(X:-\\0)/)", "banana"],
    ["$(A:/^(a).*$/$(`echo \\1`)/)", "<echo a>"],
    ["$(APPS-DIR:/^.(.*)$/$(X:-[\\1])/)", "[apps]"],
    ["$(A:/.*e$/$(B:\\/an\\/AN\\/)/)", "bANANa"],
  ]);
});

test("expandText never scans a value, not even one that :/ has gone over", () => {
  const sly = VARIABLES["SLY"] as string;
  assertExpansions([
    ["$(SLY)", sly],
    ["$(SLY:-x)", sly],
    ["$(SLY:/zzz//)", sly],
    ["$(SLY:/^.*$/\\0/)", sly],
    ["$(SLY:/^.*$/$(X:-\\0)/)", sly],
    ["$(SLY:/^.*$/$(A)\\0/)", `apple${sly}`],
  ]);
});

test("expandText runs bare backticks in values, and constructs in them first", () => {
  assertExpansions([
    ["a `x` b", "a <x> b"],
    ["`echo $(A)`", "<echo apple>"],
    ["`echo $(X:-`y`)`", "<echo <y>>"],
    ["`echo \\$(date)`", "<echo $(date)>"],
    ["open ` $(A)", "open ` apple"],
    ["`a` ` `b", "<a> < >b"],
  ]);
});

test("expandText runs bare backticks of a directive in the text parts of operators only", () => {
  const rows = [
    ["`x` $(A)", "`x` apple"],
    ["$(`x`)", "<x>"],
    ["$(X:-`x`)", "<x>"],
    ["$(A:+`x $(A)`)", "<x apple>"],
    ["$(A:|a*|`x`|)", "<x>"],
  ] as const;
  for (const [text, expected] of rows) {
    assertEquals(expandText(text, scope(), "bracketed"), expected);
  }
});

test("expandText runs no backtick where there is nothing to run it", () => {
  const quiet = scope({ run: undefined });
  for (const text of ["`x`", "a ` b"]) {
    assertEquals(expandText(text, quiet, "bare"), text);
  }
  assertEquals(expandText("$(X:-`x`) $(A)", quiet, "bare"), "`x` apple");
});

test("expandText takes another introducer and chosen brackets", () => {
  const rows = [
    ["%", "({", "%(A) %{A} %[A] $(A)", "apple apple %[A] $(A)"],
    ["%%", "({", "%%(A) %(A)", "apple %(A)"],
    ["%", "(", "%(A) %{A} %(X:-%(B))", "apple %{A} banana"],
    ["%", "[", "%[A] %(A) \\%[A]", "apple %(A) %[A]"],
    ["%", "(", "%(SLY:/^.*$/%(X:-\\0)/)", VARIABLES["SLY"] as string],
  ] as const;
  for (const [prefix, openers, text, expected] of rows) {
    const introducer = { prefix, openers };
    assertEquals(expandText(text, scope({ introducer }), "bracketed"), expected);
  }
});

test("expandText keeps what a template block puts between bars", () => {
  const introducer = { prefix: "%", openers: "(" };
  const text = "%(B:|?*|\nserver {\n  name %(B:/an/,/);\n  a \\| b\n}\n|# none)";
  const expected = "\nserver {\n  name b,,a;\n  a | b\n}\n";
  assertEquals(expandText(text, scope({ introducer }), "bracketed"), expected);
});

test("expandText refuses to nest without end", () => {
  const text = "$(X:-".repeat(5000) + ")".repeat(5000);
  assertThrows(() => expand(text), ExpansionError, "nested more than");
  assertEquals(expand("$(X:-".repeat(200) + "x" + ")".repeat(200)), "x");
});

test("hasExpansion tells texts that cannot change from those that may", () => {
  for (const text of ["", "a", "$A", "a(b)", "it's"]) assertEquals(hasExpansion(text), false);
  for (const text of ["$(A)", "x${A}", "\\$(A)", "`x`"]) assertEquals(hasExpansion(text), true);
});

/** Small multiplicative generator, so that a failing run can be repeated. */
function randomSequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const PIECES = ["$(", "${", ")", "}", "(", "]", "`", '"', "\\", ":", "|", "/", "-", "+", "_", "?"]
  .concat(["A", "B", "X", "*", "[", "\\1", "\\0", "\\g<0>", "\n", "i", "é", "🎈", " ", "$", "^"])
  .concat(["$(A", "$(X:-", "$(A:/", "$(A:|", ":?", "%(", "$(A)", "$(B:-"]);

function randomText(random: () => number): string {
  let text = "";
  for (let left = Math.trunc(random() * 24); left > 0; left--) {
    text += PIECES[Math.trunc(random() * PIECES.length)];
  }
  return text;
}

/** Fails unless `action` returns, or throws an ExpansionError. */
function assertSurvives(what: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    assert(error instanceof ExpansionError, `${what}: ${error}`);
  }
}

test("expandText survives random text with nothing but ExpansionError", () => {
  const random = randomSequence(SEED);
  for (let round = 0; round < roundsOf(20_000); round++) {
    const text = randomText(random);
    assertSurvives(`FUZZ_SEED=${SEED}, text ${JSON.stringify(text)}`, () => {
      const result = expandText(text, scope(), round % 2 === 0 ? "bare" : "bracketed");
      assert(result.length < 100_000);
    });
  }
});

test("Environment survives random definitions that refer to one another", () => {
  const random = randomSequence(SEED);
  const run = (command: string) => command;
  for (let round = 0; round < roundsOf(5_000); round++) {
    const level = () => ({ set: { A: randomText(random), B: randomText(random) } });
    const settings = Environment.inherited({ A: randomText(random) }, { run }).derive(level());
    const service = settings.derive({ ...level(), constants: { X: randomText(random) } });
    assertSurvives(`FUZZ_SEED=${SEED}, round ${round}`, () => service.launch());
  }
});

test("F-089: within a bracket only its own partner closes anything", () => {
  assertExpansions([
    ["$(X:-[x)])", "[x)]"],
    ["$(X:-{x)})", "{x)}"],
    ["${X:-(x})}", "(x})"],
    ["${X:-[x}]}", "[x}]"],
    ["$(X:-[$(A:-[)]))])", "[apple)]"],
    // No partner ever comes.
    ["$(X:-[x)", "$(X:-[x)"],
  ]);
});

test("F-089: backticks run in a construct that stays, where bare ones do", () => {
  assertExpansions([
    ["$(`echo hi` z)", "$(<echo hi> z)"],
    ["$(`echo RO`OT)", "$(<echo RO>OT)"],
    ["${NOPE `a $(A)`}", "${NOPE <a apple>}"],
  ]);
  const text = "$(`echo hi` z)";
  assertEquals(expandText(text, scope(), "bracketed"), text);
  assertEquals(expandText(text, scope({ run: undefined }), "bare"), text);
});

test("F-089: a backtick form loses its brackets where nothing runs", () => {
  const still = scope({ run: undefined });
  assertEquals(expandText("now $(`date $(A)`)!", still, "bracketed"), "now `date apple`!");
});

test("expandText expands what is nested three hundred levels deep, and no deeper", () => {
  const nested = (levels: number) => `${"$(N:-".repeat(levels - 1)}x${")".repeat(levels - 1)}`;
  assertEquals(expand(nested(300)), "x");
  assertThrows(
    () => expand(nested(301)),
    ExpansionError,
    "expansion is nested more than 300 levels deep",
  );
});

test("literal keeps foreign constructs from being expanded", () => {
  assertEquals(literal("a $(b ${c}) $d"), "a \\$(b \\${c}) $d");
});

test("a construct ends where its own bracket does, with quotes and backticks at any place in it", () => {
  assertExpansions([
    ['$(NOPE:-")")x', '")"x'],
    ['$(NOPE:-a")"b)x', 'a")"bx'],
    ['$(NOPE:-")"")")x', '")"")"x'],
    ['$(NOPE:-"")x', '""x'],
    ["$(NOPE:-`)`)x", "<)>x"],
    ['$(NOPE:-")x', '$(NOPE:-")x'],
    ["$(NOPE:-x", "$(NOPE:-x"],
    ["$(", "$("],
    ["a$(A", "a$(A"],
  ]);
});

test("a bare backtick ends at the next one, but not within a construct or behind a backslash", () => {
  assertExpansions([
    ["`a`", "<a>"],
    ["x`a`y`b`z", "x<a>y<b>z"],
    ["``", "<>"],
    ["`a $(A) b`c", "<a apple b>c"],
    ["`a $(NOPE:-`b`) c`d", "<a <b> c>d"],
    ["`a \\$(A) b`c", "<a $(A) b>c"],
    ["`$(A)`$(B)", "<apple>banana"],
    ["`a (b`c", "<a (b>c"],
    ["`a", "`a"],
    ["$(A)`a", "apple`a"],
    ["`a $(A", "`a $(A"],
  ]);
});

test("a construct may have no name, and no command", () => {
  assertExpansions([["$(:-x)", "x"], ["$(:|a|b)", "b"], ["$(``)", "$(<>)"]]);
});

test("a backslash before a construct keeps it, wherever it stands", () => {
  assertExpansions([
    ["\\$(A)", "$(A)"],
    ["$(A)\\$(A)", "apple$(A)"],
    ["\\$(A)\\$(B)$(A)", "$(A)$(B)apple"],
  ]);
});
