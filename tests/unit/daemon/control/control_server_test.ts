import { assert, assertEquals } from "@std/assert";
import {
  type CommandEnd,
  ControlServer,
  type ControlSession,
} from "../../../../lib/daemon/control/control_server.ts";
import {
  encodeFrame,
  FrameReader,
  REQUEST_MAX_BYTES,
  toAnswer,
} from "../../../../lib/wire/control_frame.ts";
import type { ByteStream } from "../../../../lib/door/streams.ts";
import { test } from "../../../test.ts";
import { FakeOs } from "../fake_os.ts";

const DONE: CommandEnd = { exitCode: 0, verdict: "RESULT" };
const CALLER = { mayControl: true, mayLook: true, uid: 0 };

/** The client's end of a connection on a table. */
class Client implements ByteStream {
  readonly received: Uint8Array[] = [];
  isOpen = true;
  /** False: nothing is taken, and writes hang. */
  reads = true;
  /** False: it stays when it has been answered. */
  leaves = true;
  #chunks: (Uint8Array | undefined)[] = [];
  #waiting: PromiseWithResolvers<Uint8Array | undefined> | undefined;
  #writing: PromiseWithResolvers<void> | undefined;

  send(bytes: Uint8Array | string | undefined): void {
    const chunk = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
    if (this.#waiting === undefined) this.#chunks.push(chunk);
    else this.#waiting.resolve(chunk);
    this.#waiting = undefined;
  }

  read(): Promise<Uint8Array | undefined> {
    if (this.#chunks.length > 0) return Promise.resolve(this.#chunks.shift());
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }

  write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.received.push(bytes.slice());
    if (this.reads && this.leaves && isEnd(bytes)) this.send(undefined);
    if (this.reads) return Promise.resolve();
    this.#writing = Promise.withResolvers();
    return this.#writing.promise;
  }

  close(): void {
    this.isOpen = false;
    this.#waiting?.reject(new Error("closed"));
    this.#writing?.reject(new Error("closed"));
    this.#waiting = undefined;
    this.#writing = undefined;
  }

  get bytes(): Uint8Array {
    return Uint8Array.from(this.received.flatMap((chunk) => [...chunk]));
  }

  get text(): string {
    return new TextDecoder().decode(this.bytes);
  }

  get answers(): readonly unknown[] {
    return new FrameReader(1_000_000).push(this.bytes).values;
  }
}

function isEnd(bytes: Uint8Array): boolean {
  const { values } = new FrameReader(1_000_000).push(bytes);
  return values.some((value) => toAnswer(value)?.kind === "end");
}

interface Served {
  readonly os: FakeOs;
  readonly client: Client;
  readonly done: Promise<void>;
  readonly lines: string[][];
  readonly server: ControlServer;
}

function serve(run: (session: ControlSession) => Promise<CommandEnd> | CommandEnd): Served {
  const os = new FakeOs();
  const lines: string[][] = [];
  const server = new ControlServer({
    run: async (words, session) => {
      lines.push([...words]);
      return await run(session);
    },
    setTimer: (delayMs, callback) => os.setTimer(delayMs, callback),
  });
  const client = new Client();
  return { os, client, lines, server, done: server.serve(client, CALLER) };
}

/** Lets promises that are settled call back. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

function frame(...words: string[]): Uint8Array {
  return encodeFrame({ words, colour: false });
}

test("ControlServer answers a line with a verdict, the text and end of file", async () => {
  const { client, done, lines, os } = serve((session) => {
    session.write("all\n");
    session.write("fine\n");
    return DONE;
  });
  client.send("stop 'a b' --wait\n");
  await done;
  assertEquals(lines, [["stop", "a b", "--wait"]]);
  assertEquals(client.text, "RESULT\nall\nfine");
  assertEquals([client.isOpen, os.timerCount], [false, 0]);
});

test("ControlServer answers a line that cannot be split as misuse", async () => {
  const { client, done, lines } = serve(() => DONE);
  client.send("stop 'a");
  await done;
  assertEquals([client.text, lines], ["COMMAND-ERROR\na quote is opened and not closed", []]);
});

test("ControlServer takes a line whose first bytes look like a frame's", async () => {
  const { client, done, lines } = serve(() => DONE);
  client.send("C");
  client.send("HECK");
  await done;
  assertEquals(lines, [["CHECK"]]);
});

test("ControlServer answers a frame with texts and one end", async () => {
  const { client, done } = serve((session) => {
    session.write("x");
    return { exitCode: 1, verdict: "EXCEPTION" };
  });
  const request = frame("status");
  client.send(request.subarray(0, 5));
  client.send(request.subarray(5));
  await done;
  assertEquals(client.answers, [{ kind: "text", text: "x" }, { kind: "end", exitCode: 1 }]);
});

test("ControlServer cuts a long text into frames that a client takes", async () => {
  const text = "ä".repeat(300_000);
  const { client, done } = serve((session) => {
    session.write(text);
    return DONE;
  });
  client.send(frame("status"));
  await done;
  const pieces = client.answers.slice(0, -1) as { text: string }[];
  assertEquals(pieces.map((piece) => piece.text).join(""), text);
});

test("ControlServer drops a client that asks nothing in time", async () => {
  for (const start of ["", "CHP"]) {
    const { client, done, os } = serve(() => DONE);
    if (start !== "") client.send(start);
    await Promise.resolve();
    os.advance(5000);
    await done;
    assertEquals([client.isOpen, client.text], [false, ""]);
  }
});

test("ControlServer drops a client that does not read, after bounded memory", async () => {
  let accepted = 0;
  const { client, done } = serve(async (session) => {
    while (session.write("x".repeat(64 * 1024))) accepted++;
    await session.gone;
    return DONE;
  });
  client.reads = false;
  client.send(frame("logs", "-f"));
  await done;
  assertEquals(client.isOpen, false);
  assert(accepted * 64 * 1024 <= 5 * 1024 * 1024, `${accepted} pieces were kept`);
});

test("ControlServer drops a client that takes nothing for some seconds", async () => {
  const started = Promise.withResolvers<void>();
  const { client, done, os } = serve(async (session) => {
    session.write("x");
    started.resolve();
    await session.gone;
    return DONE;
  });
  client.reads = false;
  client.send(frame("logs", "-f"));
  await started.promise;
  os.advance(10_000);
  await done;
  assertEquals([client.isOpen, os.timerCount], [false, 0]);
});

test("ControlServer tells a command that its client has left", async () => {
  const { client, done } = serve(async (session) => {
    await session.gone;
    return DONE;
  });
  client.send(frame("events", "-f"));
  client.send(undefined);
  await done;
  assertEquals(client.isOpen, false);
});

test("F-091: ControlServer drops a framed client that sends more after its request", async () => {
  for (const [more, isOpen] of [[0, true], [1, false]] as const) {
    const started = Promise.withResolvers<void>();
    const { client, done } = serve(async (session) => {
      started.resolve();
      await session.gone;
      return DONE;
    });
    client.send(frame("events", "-f"));
    await started.promise;
    client.send(new Uint8Array(REQUEST_MAX_BYTES));
    if (more > 0) client.send(new Uint8Array(more));
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    assertEquals(client.isOpen, isOpen, `${REQUEST_MAX_BYTES} bytes and ${more} more`);
    if (isOpen) client.send(undefined);
    await done;
  }
});

test("ControlServer answers a line although its client sends nothing more", async () => {
  const { client, done } = serve(() => DONE);
  client.send("status");
  client.send(undefined);
  await done;
  assertEquals(client.text, "RESULT\n");
});

test("ControlServer survives garbage", async () => {
  const noise = Array.from(
    { length: 300 },
    (_, at) => Uint8Array.from({ length: 1 + at % 60 }, (_, i) => (at * 31 + i * i * 17) & 0xff),
  );
  const broken = [...noise, frame("x").fill(255, 8), new TextEncoder().encode("CHP9zzzz")];
  for (const bytes of broken) {
    const { client, done, server } = serve(() => DONE);
    client.send(bytes);
    client.send(undefined);
    await done;
    assertEquals([client.isOpen, server.connectionCount], [false, 0]);
  }
});

test("at the end, an answer that is on its way arrives; a command under way holds nobody up", async () => {
  const finishing = Promise.withResolvers<CommandEnd>();
  const { client, done, os, server } = serve(() => finishing.promise);
  client.send(frame("stop", "--wait", "web"));
  const waiting = serve(() => new Promise<CommandEnd>(() => {}));
  waiting.client.send(frame("logs", "-f"));
  await settled();
  const finished = server.finishAnswers();
  finishing.resolve(DONE);
  await settled();
  os.advance(0);
  await finished;
  await done;
  assertEquals(client.answers, [{ kind: "end", exitCode: 0 }]);
  const others = waiting.server.finishAnswers();
  waiting.os.advance(0);
  await others;
  assertEquals(waiting.client.isOpen, true);
});

test("a client that has its answer may stay for two seconds", async () => {
  const { client, done, os } = serve(() => DONE);
  client.leaves = false;
  client.send(frame("status"));
  await settled();
  os.advance(1999);
  await settled();
  assertEquals([client.isOpen, client.answers.length], [true, 1]);
  os.advance(1);
  await done;
  assertEquals(client.isOpen, false);
});

test("the end waits until a client that has its answer has left", async () => {
  const { client, os, server } = serve(() => DONE);
  client.leaves = false;
  client.send(frame("stop", "--wait", "web"));
  await settled();
  let isOver = false;
  const finished = server.finishAnswers().then(() => isOver = true);
  os.advance(0);
  await settled();
  assertEquals([client.answers.length, isOver], [1, false]);
  client.send(undefined);
  await finished;
});

test("at the end, a client that does not read its answer holds nobody up for long", async () => {
  const { client, os, server } = serve(() => DONE);
  client.reads = false;
  client.send(frame("stop", "web"));
  await settled();
  const finished = server.finishAnswers();
  let isOver = false;
  void finished.then(() => isOver = true);
  os.advance(0);
  await settled();
  os.advance(999);
  await settled();
  assertEquals(isOver, false);
  os.advance(1);
  await finished;
});
