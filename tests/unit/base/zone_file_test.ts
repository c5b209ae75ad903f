/** Zone files made here, as RFC 8536 describes them. */
import { assertEquals } from "@std/assert";
import { parseZoneFile } from "../../../lib/base/zone_file.ts";
import { test } from "../../test.ts";

const HOUR_MS = 3_600_000;

interface Zone {
  readonly version: number;
  /** Seconds since 1970, and the type from then on. */
  readonly changes: readonly (readonly [atSeconds: number, type: number])[];
  /** Offsets in seconds. */
  readonly types: readonly number[];
  readonly footer?: string;
}

function block(
  version: number,
  wide: boolean,
  { changes, types }: Omit<Zone, "version">,
): number[] {
  const head = new DataView(new ArrayBuffer(44));
  head.setUint32(0, 0x545a6966);
  head.setUint8(4, version);
  head.setUint32(32, changes.length);
  head.setUint32(36, types.length);
  head.setUint32(40, 4);
  const bytes = [...new Uint8Array(head.buffer)];
  const push = (count: number, write: (view: DataView) => void) => {
    const view = new DataView(new ArrayBuffer(count));
    write(view);
    bytes.push(...new Uint8Array(view.buffer));
  };
  for (const [at] of changes) {
    if (wide) push(8, (view) => view.setBigInt64(0, BigInt(at)));
    else push(4, (view) => view.setInt32(0, at));
  }
  bytes.push(...changes.map(([, type]) => type));
  for (const offset of types) push(6, (view) => view.setInt32(0, offset));
  return [...bytes, 0x41, 0x42, 0x43, 0];
}

function zoneFile({ version, footer = "", ...data }: Zone): Uint8Array {
  if (version === 0) return new Uint8Array(block(0, false, data));
  const slim = block(version, false, { changes: [], types: [0] });
  const tail = new TextEncoder().encode(`\n${footer}\n`);
  return new Uint8Array([...slim, ...block(version, true, data), ...tail]);
}

const V2 = 0x32;
const CHANGES = [[-10_000_000_000, 1], [1000, 2]] as const;
const TYPES = [1800, 3600, 7200];

function hoursAt(bytes: Uint8Array, seconds: number): number | undefined {
  const offsetAt = parseZoneFile(bytes);
  return offsetAt && offsetAt(seconds * 1000) / HOUR_MS;
}

test("F-047: a zone file says the offset from each change on, and that of type 0 before", () => {
  const bytes = zoneFile({ version: V2, changes: CHANGES, types: TYPES });
  assertEquals([-10_000_000_001, -10_000_000_000, 999, 1000, 1e10].map((s) => hoursAt(bytes, s)), [
    0.5,
    1,
    1,
    2,
    2,
  ]);
  assertEquals(parseZoneFile(bytes)?.(999_999), HOUR_MS);
});

test("F-047: the last line of a zone file says what holds after the last change", () => {
  const bytes = zoneFile({ version: V2, changes: CHANGES, types: TYPES, footer: "XXX-5" });
  assertEquals([999, 1000, 1e10].map((s) => hoursAt(bytes, s)), [1, 5, 5]);
  const bare = zoneFile({ version: V2, changes: [], types: [0], footer: "XXX-5" });
  assertEquals(hoursAt(bare, -1e10), 5);
  const odd = zoneFile({ version: V2, changes: CHANGES, types: TYPES, footer: "no zone" });
  assertEquals(hoursAt(odd, 1e10), 2);
});

test("F-047: a file of the first version has times of 32 bits and no last line", () => {
  const bytes = zoneFile({ version: 0, changes: [[-5, 1], [1000, 2]], types: TYPES });
  assertEquals([-6, -5, 999, 1000].map((s) => hoursAt(bytes, s)), [0.5, 1, 1, 2]);
});

test("F-047: a view into a larger buffer is read where it begins", () => {
  const bytes = zoneFile({ version: V2, changes: CHANGES, types: TYPES });
  const larger = new Uint8Array(bytes.length + 20);
  larger.set(bytes, 7);
  assertEquals(hoursAt(larger.subarray(7, 7 + bytes.length), 1000), 2);
});

test("F-047: what is not a zone file, or only the beginning of one, is not a zone", () => {
  const whole = zoneFile({ version: V2, changes: CHANGES, types: TYPES });
  const end = whole.length - 2;
  for (let size = 0; size < end; size++) {
    assertEquals(parseZoneFile(whole.subarray(0, size)), undefined, `${size} bytes`);
  }
  const text = new TextEncoder().encode("Europe/Vienna\n".repeat(10));
  assertEquals(parseZoneFile(text), undefined);
  const types = zoneFile({ version: V2, changes: [[0, 3]], types: TYPES });
  assertEquals(parseZoneFile(types), undefined);
  assertEquals(parseZoneFile(zoneFile({ version: V2, changes: [], types: [] })), undefined);
});

test("F-047: random bytes in a zone file neither throw nor take long", () => {
  const bytes = zoneFile({ version: V2, changes: CHANGES, types: TYPES, footer: "XXX-5" });
  for (let round = 0; round < 3000; round++) {
    const broken = bytes.slice();
    for (let i = 0; i < 3; i++) {
      broken[5 + Math.floor(Math.random() * (broken.length - 5))] = Math.random() * 256;
    }
    const offsetAt = parseZoneFile(broken);
    if (offsetAt !== undefined) assertEquals(typeof offsetAt(0), "number");
  }
});
