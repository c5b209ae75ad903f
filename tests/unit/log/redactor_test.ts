import { assertEquals } from "@std/assert";
import { decodeBytes } from "../../../lib/base/byte_text.ts";
import { Redactor } from "../../../lib/log/redactor.ts";
import {
  PATTERNS_MAX_BYTES,
  SecretMatcher,
  secretPatterns,
} from "../../../lib/log/secret_matcher.ts";
import { test } from "../../test.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function redactor(...values: string[]): Redactor {
  return new Redactor(new SecretMatcher(secretPatterns(values).patterns));
}

/** What comes of chunks, each as it is told, the end last. */
function told(values: readonly string[], ...chunks: string[]): string[] {
  const of = redactor(...values);
  return [...chunks.map((chunk) => decode(of.push(encode(chunk)))), decode(of.end())];
}

test("a secret is masked, wherever it stands, whatever its neighbours are", () => {
  assertEquals(told(["hunter2"], "hunter2\n"), ["***\n", ""]);
  assertEquals(told(["hunter2"], "a hunter2 b huntex hunter\n"), ["a *** b huntex hunter\n", ""]);
  assertEquals(told(["hunter2"], "hunthunter2hunter2!\n"), ["hunt***!\n", ""]);
  assertEquals(told(["aaaa"], "baaaaaaab\n"), ["b***b\n", ""]);
});

test("of secrets within or across one another nothing is left", () => {
  assertEquals(told(["pass", "password"], "x password y\n"), ["x *** y\n", ""]);
  assertEquals(told(["abcd", "cdef"], "1abcdef2\n"), ["1***2\n", ""]);
  assertEquals(told(["bcde", "abcdx"], "abcde\n"), ["a***\n", ""]);
});

test("a secret that is split between chunks is masked; what may begin one is kept back", () => {
  assertEquals(told(["hunter2"], "my hun", "ter", "2 ok"), ["my ", "", "*** ok", ""]);
  assertEquals(told(["hunter2"], "my hun", "gry\n"), ["my ", "hungry\n", ""]);
  // Never beyond the end of a line.
  assertEquals(told(["hunter2"], "hunt\n", "er2\n"), ["hunt\n", "er2\n", ""]);
});

test("at the end, the beginning of a secret is told where it is short, and masked else", () => {
  assertEquals(told(["hunter2"], "hun"), ["", "hun"]);
  assertEquals(told(["hunter2"], "hunte"), ["", "***"]);
});

test("each line of a value is a secret, and short ones are none", () => {
  const { patterns, isComplete } = secretPatterns(["line one\r\n\nline two\n", "abc", ""]);
  assertEquals([patterns.map(decode), isComplete], [["line one", "line two"], false]);
  assertEquals(secretPatterns(["long enough\n"]).isComplete, true);
  const large = secretPatterns(["x".repeat(PATTERNS_MAX_BYTES), "left out"]);
  assertEquals([large.patterns.length, large.isComplete], [1, false]);
});

test("a secret that is made to cost much is masked in part, in a table of 2 MiB at most", () => {
  const bytes = Array.from(
    { length: 15_000 },
    (_, at) => String.fromCharCode(14 + at % 112),
  );
  const many = Array.from({ length: 500_000 }, (_, at) => `s${at}`).join("\n");
  for (const value of [bytes.join(""), many]) {
    const { patterns, isComplete } = secretPatterns([value, "hunter2hunter2"]);
    const columns = 1 + new Set(patterns.flatMap((pattern) => [...pattern])).size;
    const rows = 1 + patterns.reduce((sum, { length }) => sum + length, 0);
    assertEquals([isComplete, rows * columns <= 1024 * 1024], [false, true]);
  }
});

test("bytes that are no text are found, too", () => {
  const secret = Uint8Array.of(0x80, 0xff, 0x6b, 0x65, 0x79);
  const of = redactor(decodeBytes(secret));
  assertEquals(decode(of.push(Uint8Array.of(0x41, ...secret, 0x0a))), "A***\n");
});

test("a chunk without secrets is told as it is", () => {
  const chunk = encode("nothing here\n");
  assertEquals(redactor("hunter2").push(chunk) === chunk, true);
});

test("another redactor goes on in the middle of a secret", () => {
  const first = redactor("hunter2");
  const begun = decode(first.push(encode("my hun")));
  const second = Redactor.from(first.rest);
  assertEquals(begun + decode(second.push(encode("ter2.\n"))), "my ***.\n");
});

/** Each secret replaced in the whole text: what no way of cutting it may differ from. */
function plainly(text: string, values: readonly string[]): string {
  const marks = new Array<boolean>(text.length).fill(false);
  for (const value of values) {
    for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) {
      marks.fill(true, at, at + value.length);
    }
  }
  return [...text].map((letter, at) => !marks[at] ? letter : marks[at - 1] ? "" : "***").join("");
}

test("random texts in random chunks come out as if they were replaced as a whole", () => {
  let seed = 4711;
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor(seed / 65536) % below;
  };
  for (let round = 0; round < 300; round++) {
    const word = (length: number, letters: string) =>
      Array.from({ length }, () => letters[random(letters.length)]).join("");
    const values = Array.from({ length: 1 + random(4) }, () => word(4 + random(4), "ab"));
    const text = `${word(random(60), "abab\nc")}\n`;
    const of = redactor(...values);
    let out = "";
    for (let at = 0; at < text.length;) {
      const size = 1 + random(7);
      out += decode(of.push(encode(text.slice(at, at + size))));
      at += size;
    }
    assertEquals(out + decode(of.end()), plainly(text, values), JSON.stringify([values, text]));
  }
});
