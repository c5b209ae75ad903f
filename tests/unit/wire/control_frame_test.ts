import { assert, assertEquals } from "@std/assert";
import {
  detectForm,
  encodeFrame,
  FrameReader,
  toAnswer,
  toRequest,
} from "../../../lib/wire/control_frame.ts";
import { test } from "../../test.ts";
import { Dice, roundsOf, SEED, withSeed } from "../random_text.ts";

const REQUEST = { words: ["logs", "-f", "wéb"], colour: true };

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

test("FrameReader puts a frame together from single bytes", () => {
  const reader = new FrameReader(1000);
  const values = [...encodeFrame(REQUEST)].flatMap((byte) =>
    reader.push(Uint8Array.of(byte)).values
  );
  assertEquals(values, [REQUEST]);
});

test("FrameReader takes several frames out of one chunk", () => {
  const frames = [...encodeFrame({ kind: "text", text: "a" }), ...encodeFrame(REQUEST)];
  const { values, problem } = new FrameReader(1000).push(Uint8Array.from(frames));
  assertEquals([values, problem], [[{ kind: "text", text: "a" }, REQUEST], undefined]);
});

test("FrameReader refuses other bytes, other versions, long frames and broken JSON", () => {
  const long = encodeFrame({ kind: "text", text: "x".repeat(2000) });
  const broken = encodeFrame(REQUEST);
  broken[10] = 0xff;
  const cases: [Uint8Array, string][] = [
    [bytes("GET / HTTP/1.1"), "not a frame"],
    [bytes("CHP2"), "another version of the protocol"],
    [long.subarray(0, 8), "a frame of more than 1000 bytes"],
    [broken, "a frame that holds no JSON"],
  ];
  for (const [chunk, problem] of cases) {
    const reader = new FrameReader(1000);
    assertEquals(reader.push(chunk).problem, problem);
    assertEquals(reader.push(encodeFrame(REQUEST)), { values: [], problem });
  }
});

test("detectForm waits until the first bytes tell", () => {
  assertEquals(detectForm(bytes("")), undefined);
  assertEquals(detectForm(bytes("CH")), undefined);
  assertEquals(detectForm(bytes("CHP")), "framed");
  assertEquals(detectForm(bytes("CHECK")), "line");
  assertEquals(detectForm(bytes("status")), "line");
});

test("toRequest and toAnswer take nothing but their own shapes", () => {
  assertEquals(toRequest(REQUEST), REQUEST);
  assertEquals(toRequest({ words: [] }), { words: [], colour: false });
  for (const value of [null, 1, "x", [], {}, { words: "status" }, { words: [1] }]) {
    assertEquals(toRequest(value), undefined);
    assertEquals(toAnswer(value), undefined);
  }
  assertEquals(toAnswer({ kind: "end", exitCode: 2 }), { kind: "end", exitCode: 2 });
  assertEquals(toAnswer({ kind: "end" }), undefined);
});

test("FrameReader survives any bytes and holds no more than one frame", () => {
  const dice = new Dice(SEED);
  const next = () => dice.below(2 ** 24);
  const valid = encodeFrame(REQUEST);
  withSeed(() => {
    for (let round = 0; round < roundsOf(2000); round++) {
      const reader = new FrameReader(256);
      const mutated = Uint8Array.from(valid);
      for (let i = next() % 4; i > 0; i--) mutated[next() % mutated.length] = next() & 0xff;
      const noise = Uint8Array.from({ length: next() % 40 }, () => next() & 0xff);
      for (const source of [mutated, noise, valid]) {
        const cut = next() % (source.length + 1);
        for (const chunk of [source.subarray(0, cut), source.subarray(cut)]) {
          const { values } = reader.push(chunk);
          for (const value of values) {
            const request = toRequest(value);
            assert(request === undefined || Array.isArray(request.words));
          }
        }
      }
    }
  });
});
