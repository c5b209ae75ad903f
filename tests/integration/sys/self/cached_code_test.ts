/** Code with what V8 compiled of it: taken, refused, and run all the same. */
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { asFunction } from "../../../../lib/build/bundle.ts";
import { type Compiling, loadCode } from "../../../../lib/sys/self/cached_code.ts";
import { test } from "../../test.ts";

const TEXT = asFunction(
  "half.js",
  `function half(n) { return n / 2; }
module.exports = { half, fail() { throw new Error("broken"); } };`,
);

type Half = (n: number) => number;

const cached = { compiling: "cached" } as const;

test("V8 takes the data that it made of the same text", () => {
  const first = loadCode("half.js", TEXT, cached);
  assertEquals((first.exports["half"] as Half)(4), 2);
  const second = loadCode("half.js", TEXT, { ...cached, data: first.compiled() });
  assertEquals(second.isRefused, false);
  assertEquals((second.exports["half"] as Half)(6), 3);
});

test("data of another text, or that is none, is refused, and the text runs", () => {
  const foreign = loadCode("other.js", `${TEXT} // of another length`, cached).compiled();
  for (const [index, data] of [foreign, new Uint8Array([1, 2, 3, 4])].entries()) {
    // A text that V8 has just seen it does not compile again, nor look at the data for it.
    const { exports, isRefused } = loadCode("half.js", `${TEXT} // ${index}`, { ...cached, data });
    assertEquals(isRefused, true);
    assertEquals((exports["half"] as Half)(8), 4);
  }
});

for (const compiling of ["cached", "plain"] satisfies Compiling[]) {
  test(`a stack trace names the lines of a text that is ${compiling}`, () => {
    const { exports } = loadCode("half.js", TEXT, { compiling });
    const error = assertThrows(exports["fail"] as () => void, Error, "broken");
    assertMatch(error.stack ?? "", /half\.js(?:, <anonymous>)?:2:\d+/);
  });

  test(`a text that is ${compiling} is in strict mode`, () => {
    assertThrows(
      () => loadCode("half.js", asFunction("half.js", "undeclared = 1;"), { compiling }),
      ReferenceError,
    );
  });

  test(`a text that is ${compiling} requires another, and no more than is carried`, () => {
    const text = asFunction(
      "a.js",
      'module.exports = { value: require("./other.ts").value + 1 };',
    );
    const require = (specifier: string) => ({ value: specifier === "./other.ts" ? 1 : 0 });
    assertEquals(loadCode("a.js", text, { compiling, require }).exports["value"], 2);
    assertThrows(
      () => loadCode("a.js", text, { compiling }),
      Error,
      "Cannot load './other.ts': the program does not carry it",
    );
  });
}
