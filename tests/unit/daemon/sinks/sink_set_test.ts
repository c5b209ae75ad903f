import { assert, assertEquals, assertThrows } from "@std/assert";
import { ERRNO, SystemError } from "../../../../lib/base/errors.ts";
import type { LoggingConfig } from "../../../../lib/config/model.ts";
import type { BufferedSink } from "../../../../lib/daemon/sinks/buffered_sink.ts";
import { SinkSet } from "../../../../lib/daemon/sinks/sink_set.ts";
import { test } from "../../../test.ts";
import { append, FakeFiles, FakeTime } from "./fakes.ts";

function section(values: Partial<LoggingConfig>): LoggingConfig {
  return {
    name: "a.logging",
    enabled: true,
    selector: "*.*",
    stdout: false,
    stderr: false,
    overwrite: false,
    extended: false,
    format: "text",
    rotateKeep: 5,
    rotateCompress: false,
    whenFull: "block",
    queueSizeBytes: 1024,
    origin: undefined,
    ...values,
  };
}

function setUp() {
  const files = new FakeFiles();
  const time = new FakeTime();
  const reports: string[] = [];
  const writer = { write: (bytes: Uint8Array) => Promise.resolve(bytes.length) };
  const set = new SinkSet({
    os: {
      time,
      files,
      stdout: writer,
      stderr: writer,
      network: {
        connect: () => Promise.reject(new Error("no network")),
        openDatagrams: () => Promise.reject(new Error("no network")),
      },
    },
    expandPath: (template) => template,
    report: (text) => void reports.push(text),
    tell: (_level, text) => void reports.push(text),
    changed: () => {},
    limits: {},
  });
  return { files, time, set, reports };
}

const only = (sinks: readonly BufferedSink[] | undefined) => sinks?.[0] as BufferedSink;

test("renew() goes on with a destination that is named again", () => {
  const { set, files } = setUp();
  const sink = only(set.sinksOf(section({ file: "/x", overwrite: true })));
  const renewal = set.renew([section({ file: "/x", overwrite: true, selector: "*.err" })]);
  renewal.commit();
  assert(only(renewal.sinks[0]) === sink);
  assertEquals([files.openFiles, files.requests.length], [1, 1]);
});

test("renew() writes out and closes what is named no longer, and only once it is in force", async () => {
  const { set, files, time } = setUp();
  const sink = only(set.sinksOf(section({ file: "/old" })));
  append(sink, "before\n");
  const renewal = set.renew([section({ file: "/new" })]);
  append(sink, "between\n");
  renewal.commit();
  append(only(renewal.sinks[0]), "after\n");
  only(renewal.sinks[0]).flush();
  await time.advance(100);
  assertEquals(files.texts, { "/new": "after\n", "/old": "before\nbetween\n" });
  assertEquals([files.openFiles, set.all.length], [1, 3]);
});

test("renew() opens a file anew whose handling has changed, and does not empty it", async () => {
  const { set, files, time } = setUp();
  append(only(set.sinksOf(section({ file: "/x" }))), "before\n");
  const renewal = set.renew([section({ file: "/x", overwrite: true, rotateSizeBytes: 9999 })]);
  renewal.commit();
  await time.advance(100);
  append(only(renewal.sinks[0]), "after\n");
  only(renewal.sinks[0]).flush();
  await time.advance(100);
  assertEquals(files.texts, { "/x": "before\nafter\n" });
  assertEquals(files.openFiles, 1);
});

test("renew() that fails or is abandoned leaves everything as it was", () => {
  const { set, files } = setUp();
  const sink = only(set.sinksOf(section({ file: "/x" })));
  set.renew([section({ file: "/x" }), section({ file: "/y" })]).abandon();
  assertEquals(files.openFiles, 1);
  const syslogHost = { transport: "otlp+http", host: "h", port: 4318, path: "/v1/logs" } as const;
  const bad = section({ file: "/y", syslogHost });
  assertThrows(() => set.renew([bad]), Error, "what posts to collectors is not loaded");
  assertEquals(files.openFiles, 1);
  files.openError = ERRNO.EACCES;
  assertThrows(() => set.renew([section({ file: "/z" })]), SystemError);
  assert(set.all.includes(sink));
  assertEquals(set.all.length, 3);
});

test("giveUpBehind() tells what is lost, once, and lets the others be", async () => {
  const { set, files, time, reports } = setUp();
  const [full, good] = ["/full", "/good"].map((file) => only(set.sinksOf(section({ file }))));
  if (full === undefined || good === undefined) throw new Error("no sinks");
  append(good, "written\n");
  good.flush();
  await time.advance(10);
  files.writeError = ERRNO.ENOSPC;
  append(full, "one\n");
  append(full, "two\n");
  const drained = set.drain(100);
  await time.advance(200);
  await drained;
  set.giveUpBehind();
  const told = reports.filter((text) => text.startsWith("End of writing"));
  assertEquals(told, ["End of writing to log file '/full', 2 records were dropped"]);
  files.writeError = undefined;
  append(full, "the last line\n");
  append(good, "the last line\n");
  good.flush();
  await time.advance(10);
  set.close();
  assertEquals(files.texts, { "/full": "", "/good": "written\nthe last line\n" });
  assertEquals(reports.filter((text) => text.startsWith("End of writing")), told);
});
