/**
 * Random and mutated datagrams against every format at once. Whatever arrives, nothing is thrown,
 * each piece between NULs that is not blank makes exactly one record and one line in each sink, no
 * line has a control character, and each line of JSON is valid. HOSTILE_DATAGRAMS sets how many
 * there are.
 */
import { assert, assertEquals } from "@std/assert";
import { test } from "../../../test.ts";
import { SEED } from "../../random_text.ts";
import { MemorySink } from "../memory_sink.ts";
import { RouterCase, section } from "../router_case.ts";

const DATAGRAMS = Number(Deno.env.get("HOSTILE_DATAGRAMS") ?? 100_000);
const BATCH = 500;

const SEEDS = [
  "<13>Jan  5 10:11:12 box prog[12]: hello world",
  "<13>Jan  5 10:11:12 prog: hello\0<14>Jan  5 10:11:12 /usr/bin/other[3]: x\n",
  '<165>1 2026-01-05T10:11:12.003Z box app 12 ID47 [a@1 k="v" l="\\"\\]"][b] text é🎉',
  "<30>2026-01-05T10:11:12.5+01:00 box prog[3]: hi",
  "<999999999999999999>Jan  5 10:11:12 p: x",
  "no header at all",
].map((text) => new TextEncoder().encode(text));

/** xorshift32: the same seed gives the same datagrams. */
class Generator {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 1;
  }

  below(limit: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % limit;
  }

  datagram(): Uint8Array {
    if (this.below(10) === 0) return this.#random(this.below(300));
    const seed = SEEDS[this.below(SEEDS.length)] as Uint8Array;
    const bytes = seed.slice(0, this.below(8) === 0 ? this.below(seed.length + 1) : seed.length);
    for (let i = this.below(4); i > 0 && bytes.length > 0; i--) {
      bytes[this.below(bytes.length)] = this.#byte();
    }
    if (this.below(2000) > 0) return bytes;
    return Uint8Array.from([...bytes, ...this.#random(60_000)]);
  }

  #random(size: number): Uint8Array {
    return Uint8Array.from({ length: size }, () => this.#byte());
  }

  /** Bytes that mean something are more frequent than others. */
  #byte(): number {
    const special = '\0\n\x1b\x7f <>[]:="\\-19/'.charCodeAt(this.below(18));
    return this.below(2) === 0 ? special : this.below(256);
  }
}

function countPieces(bytes: Uint8Array): number {
  let count = 0;
  let hasText = false;
  for (const byte of [...bytes, 0]) {
    if (byte === 0) {
      if (hasText) count++;
      hasText = false;
    } else if (byte > 32 || byte < 9 || (byte > 13 && byte < 28)) {
      hasText = true;
    }
  }
  return count;
}

// deno-lint-ignore no-control-regex
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f]/;

test(`LogRouter makes one clean line of every record that ${DATAGRAMS} hostile datagrams hold`, () => {
  const generator = new Generator(SEED);
  const given = new RouterCase();
  const last = { bytes: new Uint8Array(0) };
  try {
    let expected = 0;
    for (let done = 0; done < DATAGRAMS; done += BATCH) {
      const sinks = [
        new MemorySink(),
        new MemorySink(),
        new MemorySink(),
        new MemorySink("console"),
      ];
      const [text, json, rfc5424, screen] = sinks as [
        MemorySink,
        MemorySink,
        MemorySink,
        MemorySink,
      ];
      given.router.open([
        section({ selector: "*.*;![prog].!=debug" }),
        section({ selector: "/hello|x/.*;[other].*", format: "text" }, new MemorySink()),
        section({ extended: true }, text),
        section({ format: "json" }, json),
        section({ format: "rfc5424", rateLimit: { count: 1e9, periodMs: 1000 } }, rfc5424),
        section({ format: "text" }, screen),
      ]);
      let inBatch = 0;
      for (let i = 0; i < BATCH; i++) {
        last.bytes = generator.datagram() as Uint8Array<ArrayBuffer>;
        inBatch += countPieces(last.bytes);
        given.router.datagram(last.bytes);
      }
      expected += inBatch;
      assertEquals(given.router.counts.received, expected);
      for (const sink of sinks) assertEquals(sink.recordCount, inBatch);
      for (const sink of [text, json, rfc5424]) assertEquals(sink.lines.length, inBatch);
      for (const sink of sinks) {
        for (const line of sink.lines) assert(!CONTROL.test(line), line);
      }
      for (const line of json.lines) JSON.parse(line);
      for (const line of screen.lines) assert(line.length <= 16 * 1024);
    }
  } catch (error) {
    const bytes = Array.from(last.bytes.subarray(0, 400)).join(",");
    throw new Error(`FUZZ_SEED=${SEED}, last datagram [${bytes}]`, { cause: error });
  }
});
