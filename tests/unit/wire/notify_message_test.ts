import { assertEquals } from "@std/assert";
import {
  NOTIFY_MESSAGE_MAX_BYTES,
  type NotifyMessage,
  parseNotifyMessage,
} from "../../../lib/wire/notify_message.ts";
import { test } from "../../test.ts";

const encoder = new TextEncoder();

/** What a text says: only what it mentions. */
function said(text: string): Partial<NotifyMessage> {
  const parse = parseNotifyMessage(encoder.encode(text));
  if (parse.kind === "malformed") throw new Error(`malformed: ${text}`);
  const mentioned = Object.entries(parse.message).filter(([, value]) =>
    value !== false && !(Array.isArray(value) && value.length === 0)
  );
  return Object.fromEntries(mentioned);
}

function reasonOf(bytes: Uint8Array): string | undefined {
  const parse = parseNotifyMessage(bytes);
  return parse.kind === "malformed" ? parse.reason : undefined;
}

test("parseNotifyMessage reads each key of sd_notify(3)", () => {
  const rows: [string, Partial<NotifyMessage>][] = [
    ["READY=1", { ready: true }],
    ["RELOADING=1\nMONOTONIC_USEC=123456", { reloading: true, monotonicUsec: 123456 }],
    ["STOPPING=1", { stopping: true }],
    ["STATUS=Übersicht: 3 = three", { status: "Übersicht: 3 = three" }],
    ["MAINPID=4711", { mainPid: 4711 }],
    ["ERRNO=55", { errno: 55 }],
    ["ERRNO=0", { errno: 0 }],
    ["BUSERROR=256", { busError: 256 }],
    ["BUSERROR=org.freedesktop.DBus.Error.TimedOut", {
      busError: "org.freedesktop.DBus.Error.TimedOut",
    }],
    ["EXTEND_TIMEOUT_USEC=1500000", { extendTimeoutMs: 1500 }],
    ["WATCHDOG=1", { watchdog: "alive" }],
    ["WATCHDOG=trigger", { watchdog: "trigger" }],
    ["WATCHDOG_USEC=20000", { watchdogMs: 20 }],
    ["BARRIER=1", { barrier: true }],
    ["FDSTORE=1\nFDNAME=x", { fdStore: true, passedOver: ["FDNAME"] }],
  ];
  for (const [text, expected] of rows) assertEquals(said(text), expected, text);
});

test("261: several lines in one datagram, keys in any case, and unknown ones among them", () => {
  assertEquals(said("ready=1\r\nStatus=up\n\nnonsense\nX_Y=1\nX=2\nMainPid=7\n"), {
    ready: true,
    status: "up",
    mainPid: 7,
    passedOver: ["X_Y", "X"],
  });
});

test("a value that cannot be read is passed over, and the other lines count", () => {
  const text = "READY=2\nMAINPID=x\nMAINPID=0\nMAINPID=-4\nERRNO=one\nWATCHDOG=2\n" +
    "EXTEND_TIMEOUT_USEC=1.5\nBUSERROR=\nSTATUS=still read";
  const message = said(text);
  assertEquals(message.status, "still read");
  assertEquals(message.passedOver?.length, 8);
  assertEquals(message.ready, undefined);
});

test("an empty STATUS takes the former one back", () => {
  assertEquals(said("STATUS="), { status: "" });
});

test("a status cannot carry control sequences to a terminal", () => {
  assertEquals(said("STATUS=\x1b[31mred\u202e\x07"), { status: "?[31mred??" });
});

test("an endless time is a very long one", () => {
  assertEquals(said("EXTEND_TIMEOUT_USEC=18446744073709551615"), { extendTimeoutMs: 1e14 });
});

test("datagrams over 4 KiB, with NUL inside or without any KEY=value are malformed", () => {
  assertEquals(reasonOf(new Uint8Array(NOTIFY_MESSAGE_MAX_BYTES + 1)), "is longer than 4096 bytes");
  assertEquals(reasonOf(encoder.encode("READY=1\0X")), "contains NUL");
  assertEquals(reasonOf(encoder.encode("hello")), "contains no KEY=value");
  assertEquals(reasonOf(new Uint8Array()), "contains no KEY=value");
  assertEquals(reasonOf(encoder.encode("READY=1\0")), undefined);
});

test("random bytes and broken messages never throw", () => {
  const seed = "READY=1\nSTATUS=ok\nMAINPID=12\nERRNO=3\nWATCHDOG=trigger\nBARRIER=1";
  for (let round = 0; round < 20_000; round++) {
    const bytes = encoder.encode(seed);
    const noise = crypto.getRandomValues(new Uint8Array(1 + round % 16));
    const at = (noise[0] as number) % bytes.length;
    bytes.set(noise.subarray(0, Math.min(noise.length, bytes.length - at)), at);
    parseNotifyMessage(bytes);
    parseNotifyMessage(noise);
  }
});
