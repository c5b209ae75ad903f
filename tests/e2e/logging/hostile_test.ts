/**
 * Datagrams from somebody who wants to forge lines, garble terminals or bring PID 1 down: random
 * bytes, mutated records, 64 KiB ones, NUL, newline and escape bytes inside. Each record becomes
 * one clean line, and no more. HOSTILE_DATAGRAMS=1000000 takes half a minute and more.
 */
import { assert, assertEquals } from "@std/assert";
import { inNamespace } from "../harness/namespace.ts";
import { waitUntil } from "../harness/output.ts";
import { namespaceTest } from "../harness/requirements.ts";
import { DATE, openSender } from "../harness/syslog.ts";

const COUNT = Number(Deno.env.get("HOSTILE_DATAGRAMS") ?? 100_000);
const LARGE_BYTES = 64 * 1024;
const encoder = new TextEncoder();

/** Records that are nearly right; parts of them are exchanged. */
const SEEDS = [
  `<13>${DATE} prog[12]: a message of usual length`,
  `<13>${DATE} host /usr/sbin/prog[12]: a message of usual length`,
  `<165>1 2026-01-05T10:11:12.003Z host app 12 id [a@1 k="v" l="\\"x\\]"] \ufeffgröße`,
  `<0>2026-01-05T10:11:12+01:00 host app[12]: x`,
  `<13>${DATE} prog: one\n<13>${DATE} prog: forged\0<13>${DATE} prog: two\x1b[2J\r\x07\x7f`,
].map((text) => encoder.encode(text));

/** A generator of numbers below `limit` that begins alike in each run (xorshift32). */
function makeRandom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

const SPECIAL = [0, 9, 10, 13, 27, 32, 58, 60, 62, 91, 93, 127, 128, 0xc3, 0xff];

function makeDatagram(random: (limit: number) => number): Uint8Array<ArrayBuffer> {
  const kind = random(100);
  if (kind < 20) return Uint8Array.from({ length: 1 + random(200) }, () => random(256));
  const seed = SEEDS[random(SEEDS.length)] as Uint8Array;
  const datagram = kind === 99 && random(20) === 0 ? makeLarge(seed, random) : seed.slice();
  for (let i = random(6); i > 0; i--) {
    const byte = random(2) === 0 ? random(256) : SPECIAL[random(SPECIAL.length)] as number;
    datagram[random(datagram.length)] = byte;
  }
  return datagram.subarray(0, random(3) === 0 ? 1 + random(datagram.length) : undefined);
}

function makeLarge(seed: Uint8Array, random: (limit: number) => number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(LARGE_BYTES);
  bytes.set(seed);
  for (let i = seed.length; i < bytes.length; i++) bytes[i] = 1 + random(255);
  return bytes;
}

const isBlank = (byte: number) =>
  byte === 32 || (byte >= 9 && byte <= 13) || (byte >= 28 && byte <= 31);

async function readTail(path: string): Promise<string> {
  using file = await Deno.open(path);
  const bytes = new Uint8Array(100);
  await file.seek(Math.max(0, (await file.stat()).size - bytes.length), Deno.SeekMode.Start);
  return new TextDecoder().decode(bytes.subarray(0, await file.read(bytes) ?? 0));
}

/** Pieces between NULs that hold something. */
function countRecords(datagram: Uint8Array): number {
  let count = 0;
  let hasText = false;
  for (const byte of datagram) {
    if (byte === 0) {
      if (hasText) count++;
      hasText = false;
    } else if (!isBlank(byte)) hasText = true;
  }
  return hasText ? count + 1 : count;
}

namespaceTest(`${COUNT} hostile datagrams forge no line and are counted right`, async () => {
  await using run = await inNamespace({
    config: `
idle.service: { command: "sleep 999" }
text.logging: { file: "$(TEST_DIR)/text", selector: "*.*;[chaperone].!*", extended: true }
json.logging: { file: "$(TEST_DIR)/json", selector: "*.*;[chaperone].!*", format: json }
rfc5424.logging: { file: "$(TEST_DIR)/rfc5424", selector: "*.*;[chaperone].!*", format: rfc5424 }
`,
  });
  using sender = await openSender(run);
  const random = makeRandom(20260105);
  let expected = 0;
  for (let i = 0; i < COUNT; i++) {
    const datagram = makeDatagram(random);
    expected += countRecords(datagram);
    await sender.send(datagram);
  }
  await sender.send(`<8>${DATE} end: of test`);
  expected += 1;

  const read = async (name: string) => await Deno.readFile(`${run.directory}/${name}`);
  await waitUntil(async () => {
    const tail = await readTail(`${run.directory}/rfc5424`);
    return tail.includes("of test") || undefined;
  }, "the last record");
  const lengths: number[] = [];
  for (const name of ["text", "json", "rfc5424"]) {
    const bytes = await read(name);
    const control = bytes.findIndex((byte) =>
      (byte < 32 && byte !== 9 && byte !== 10) || byte === 127
    );
    assertEquals(control, -1, `${name}: control byte at ${control}`);
    const lines = new TextDecoder("latin1").decode(bytes).split("\n").slice(0, -1);
    lengths.push(lines.length);
    const head = {
      text: /^(?:[a-z0-9]+|\?)\.[a-z]+ (?:\?\?|... .. \d\d:\d\d:\d\d )/,
      json: /^\{"time":.*\}$/,
      rfc5424: /^<\d{1,3}>1 /,
    }[name] as RegExp;
    const odd = lines.filter((line) => !head.test(line));
    assertEquals(odd.slice(0, 3), []);
  }
  assertEquals(lengths, [expected, expected, expected]);
  const objects = (await Deno.readTextFile(`${run.directory}/json`)).split("\n").slice(0, -1);
  for (const line of objects) assert(typeof JSON.parse(line).message === "string");
  assertEquals((await run.processes())[0]?.pid, 1);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});
