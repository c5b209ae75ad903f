import { assertEquals } from "@std/assert";
import { ERRNO, SystemError } from "../../../../lib/base/errors.ts";
import type { RemoteAddress } from "../../../../lib/config/remote_address.ts";
import type { LogConnection, LogDatagrams, LogNetwork } from "../../../../lib/door/log_os.ts";
import { BufferedSink } from "../../../../lib/daemon/sinks/buffered_sink.ts";
import { DatagramOutlet } from "../../../../lib/daemon/sinks/datagram_remote_sink.ts";
import { StreamOutlet } from "../../../../lib/daemon/sinks/stream_remote_sink.ts";
import { test } from "../../../test.ts";
import { append, FakeTime, settle } from "./fakes.ts";

const decoder = new TextDecoder();

/** A log host: each connection's bytes, each datagram. */
class FakeNetwork implements LogNetwork {
  mode: "reachable" | "refuses" | "silent" | "hangs" = "reachable";
  connections: string[] = [];
  datagrams: string[] = [];
  attempts = 0;
  sendErrors: number[] = [];
  mostBytes = Infinity;
  hangsAfterWrites = Infinity;
  openSockets = 0;
  /** Ends the latest connection as a peer does. */
  end: () => void = () => {};

  connect(_address: RemoteAddress): Promise<LogConnection> {
    this.attempts++;
    if (this.mode === "refuses") return Promise.reject(new SystemError("connect", 111, "h:1"));
    if (this.mode === "silent") return new Promise(() => {});
    const index = this.connections.push("") - 1;
    let fail: (error: Error) => void = () => {};
    let isOver = false;
    const over = () => {
      isOver = true;
      fail(new Error("closed"));
    };
    const ended = new Promise<void>((resolve) => this.end = () => resolve(over()));
    return Promise.resolve({
      ended,
      close: over,
      write: (bytes) => {
        if (isOver) return Promise.reject(new SystemError("write", ERRNO.EPIPE));
        if (this.mode === "hangs" || this.hangsAfterWrites-- === 0) {
          return new Promise<number>((_, reject) => fail = reject);
        }
        const taken = bytes.subarray(0, this.mostBytes);
        this.connections[index] += decoder.decode(taken);
        return Promise.resolve(taken.length);
      },
    });
  }

  openDatagrams(): Promise<LogDatagrams> {
    this.attempts++;
    if (this.mode === "refuses") return Promise.reject(new Error("Cannot find host 'h'"));
    this.openSockets++;
    return Promise.resolve({
      close: () => void this.openSockets--,
      send: (bytes) => {
        const errno = this.sendErrors.shift();
        if (errno !== undefined) return Promise.reject(new SystemError("send", errno));
        this.datagrams.push(decoder.decode(bytes));
        return Promise.resolve();
      },
    });
  }
}

function setUp(transport: "udp" | "tcp") {
  const time = new FakeTime();
  const network = new FakeNetwork();
  const reports: string[] = [];
  const address = { transport, host: "h", port: 1 };
  const outlet = transport === "udp"
    ? new DatagramOutlet(address, network, time)
    : new StreamOutlet({ address, network, time });
  const sink = new BufferedSink({
    kind: "remote",
    outlet,
    time,
    capacityBytes: 20,
    dropsWhenFull: true,
    report: (text) => reports.push(text),
  });
  const write = async (text: string) => {
    append(sink, text);
    sink.flush();
    await time.advance(5);
  };
  return { time, network, reports, sink, write };
}

test("StreamOutlet connects when the first record comes and counts octets", async () => {
  const { network, time, write } = setUp("tcp");
  assertEquals(network.attempts, 0);
  await write("<13>hello");
  await write("<13>ä");
  assertEquals(network.connections, ["9 <13>hello6 <13>ä"]);
  assertEquals(time.pendingTimers, 0);
});

test("StreamOutlet keeps order and counts what was dropped while its peer was away", async () => {
  const { network, time, reports, write } = setUp("tcp");
  network.mode = "refuses";
  for (const text of ["one", "two", "three", "four", "five"]) await write(text);
  network.mode = "reachable";
  await time.advance(2000);
  assertEquals(network.connections, ["3 one3 two5 three"]);
  assertEquals(reports, [
    "Cannot write to log host tcp://h:1: Connection refused: 'h:1'",
    "Writing to log host tcp://h:1 again, 2 records were dropped",
  ]);
});

test("StreamOutlet waits longer and longer for a peer that stays away", async () => {
  const { network, time, write } = setUp("tcp");
  network.mode = "refuses";
  await write("one");
  await time.advance(1000 + 2000 + 4000 + 8000 + 16000 + 30000 + 30000);
  assertEquals(network.attempts, 8);
});

test("StreamOutlet sends nothing into a connection that its peer has ended", async () => {
  const { network, time, reports, write } = setUp("tcp");
  await write("one");
  await time.advance(10_000);
  network.end();
  await settle();
  await write("two");
  assertEquals([network.connections, reports], [["3 one", "3 two"], []]);
});

test("StreamOutlet leaves a peer alone for a while that ends connections soon", async () => {
  const { network, time, reports, write } = setUp("tcp");
  await write("one");
  network.end();
  await settle();
  await write("two");
  assertEquals([network.connections.length, reports.length], [1, 1]);
  await time.advance(1000);
  assertEquals([network.connections, reports.length], [["3 one", "3 two"], 2]);
});

test("StreamOutlet sends a record that was taken in part again, whole", async () => {
  const { network, time, sink, write } = setUp("tcp");
  network.mostBytes = 7;
  network.hangsAfterWrites = 1;
  append(sink, "one");
  await write("two");
  assertEquals(network.connections, ["3 one3 "]);
  network.end();
  await settle();
  await time.advance(2000);
  assertEquals(network.connections, ["3 one3 ", "3 two"]);
});

test("StreamOutlet gives a peer that takes nothing up after a minute", async () => {
  const { network, time, reports, write } = setUp("tcp");
  network.mode = "hangs";
  await write("one");
  await time.advance(60_000);
  assertEquals(reports, ["Cannot write to log host tcp://h:1: Connection timed out"]);
  network.mode = "reachable";
  await time.advance(1000);
  assertEquals(network.connections, ["", "3 one"]);
});

test("StreamOutlet gives a host that does not answer up after ten seconds", async () => {
  const { network, time, reports, sink, write } = setUp("tcp");
  network.mode = "silent";
  await write("one");
  await time.advance(10_000);
  assertEquals([network.attempts, reports.length], [1, 1]);
  await time.advance(1000);
  assertEquals(network.attempts, 2);
  sink.close();
});

test("DatagramOutlet sends one datagram a record", async () => {
  const { network, sink, write } = setUp("udp");
  await write("<13>a");
  append(sink, "<13>b");
  await write("<13>c");
  assertEquals([network.datagrams, network.attempts], [["<13>a", "<13>b", "<13>c"], 1]);
  sink.close();
  assertEquals(network.openSockets, 0);
});

test("DatagramOutlet says once that its host cannot be found and keeps records meanwhile", async () => {
  const { network, time, reports, write } = setUp("udp");
  network.mode = "refuses";
  await write("one");
  await time.advance(10_000);
  network.mode = "reachable";
  await time.advance(30_000);
  assertEquals(network.datagrams, ["one"]);
  assertEquals(reports, [
    "Cannot write to log host udp://h:1: Cannot find host 'h'",
    "Writing to log host udp://h:1 again, no record was dropped",
  ]);
});

test("DatagramOutlet looks its host up again after a minute, and does without an answer", async () => {
  const { network, time, write } = setUp("udp");
  await write("one");
  await time.advance(60_000);
  await write("two");
  assertEquals([network.attempts, network.openSockets], [2, 1]);
  await time.advance(60_000);
  network.mode = "refuses";
  await write("three");
  assertEquals([network.attempts, network.datagrams], [3, ["one", "two", "three"]]);
});

test("DatagramOutlet goes on after a refusal and a datagram that is too long", async () => {
  const { network, reports, write } = setUp("udp");
  network.sendErrors = [ERRNO.ECONNREFUSED, ERRNO.EMSGSIZE];
  for (const text of ["one", "two", "three"]) await write(text);
  await settle();
  assertEquals([network.datagrams, reports], [["three"], []]);
});
