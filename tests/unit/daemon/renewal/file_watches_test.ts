/** What `watch` does of changes, over files and a kernel that a test moves. */
import { assertEquals } from "@std/assert";
import type { ServiceConfig } from "../../../../lib/config/model.ts";
import { FileWatches } from "../../../../lib/daemon/renewal/file_watches.ts";
import { Renewer } from "../../../../lib/daemon/renewal/renewer.ts";
import { ServiceHistory } from "../../../../lib/daemon/services/service_history.ts";
import { test } from "../../../test.ts";
import { Bench, EXIT_3, TERMED } from "../container_bench.ts";
import { FakeLooker } from "./fake_looker.ts";

const HUP_RULE = {
  kind: "path",
  pattern: "/etc/app.conf",
  action: { kind: "signal", signal: 1 },
} as const;
const RESTART_RULE = { ...HUP_RULE, action: { kind: "restart" } } as const;

function watching(service: Partial<ServiceConfig>, looker = new FakeLooker()) {
  const bench = new Bench({ a: service });
  const { supervisor, journal, os, roller } = bench;
  const history = new ServiceHistory(supervisor, os);
  const stopTimeoutMs = () => 8000;
  const renewer = new Renewer({
    ...{ supervisor, journal, roller, stopTimeoutMs },
    history: () => history,
  });
  const watches = new FileWatches({ os, looker, journal, supervisor, renewer });
  const signals = () => os.calls.filter((call) => call.startsWith("kill"));
  const starts = () => os.calls.filter((call) => call.startsWith("spawn")).length;
  return { bench, looker, watches, history, signals, starts, os };
}

test("watch: one signal for one change, however often the kernel tells of it", () => {
  const { bench, looker, signals, history, os } = watching({ watch: [HUP_RULE] });
  bench.boot();
  assertEquals(looker.looks, 1);
  assertEquals(os.timerCount, 0, "nothing is waited for but the kernel");
  looker.content = "2";
  for (let write = 0; write < 5; write++) {
    looker.stir();
    os.advance(100);
  }
  assertEquals(signals(), []);
  os.advance(1000);
  assertEquals(signals().length, 1);
  assertEquals(bench.texts("notice"), ["a.service: /etc/app.conf has changed: signal SIGHUP"]);
  assertEquals(history.lastOrder("a.service")?.by, "chaperone, since /etc/app.conf has changed");
  assertEquals(os.timerCount, 0);
});

test("watch: a touch leads to a look and to nothing else", () => {
  const { bench, looker, signals, os } = watching({ watch: [HUP_RULE] });
  bench.boot();
  looker.stir();
  os.advance(1000);
  assertEquals([looker.looks, signals()], [2, []]);
});

test("watch: names that no pattern means are read a few times a second, and not looked for", () => {
  const { bench, looker, os } = watching({ watch: [HUP_RULE] });
  bench.boot();
  for (let round = 0; round < 100; round++) {
    looker.stir("other.log");
    os.advance(10);
  }
  assertEquals(looker.looks, 1);
  assertEquals(looker.queues.length, 1);
});

test("watch: whoever goes on writing puts the look off for a bounded time", () => {
  const { bench, looker, os } = watching({ watch: [HUP_RULE] });
  bench.boot();
  for (let round = 0; round < 60; round++) {
    looker.stir("app.conf");
    os.advance(100);
  }
  assertEquals(looker.looks, 2, "after ten times 500 ms");
});

test("watch: changes without end have a bounded number of looks", () => {
  const { bench, looker, os } = watching({ watch: [HUP_RULE] });
  bench.boot();
  for (let round = 0; round < 600; round++) {
    looker.content = `${round}`;
    looker.stir("app.conf");
    os.advance(1000);
  }
  assertEquals(looker.looks <= 1 + 10 + 61, true, `${looker.looks} looks in 10 minutes`);
});

test("watch: a file that is missing for a moment is one change", () => {
  const { bench, looker, signals, os } = watching({ watch: [HUP_RULE] });
  bench.boot();
  looker.answer = { ...looker.answer, rules: [{}] };
  looker.stir("app.conf");
  os.advance(500);
  assertEquals(signals(), []);
  looker.content = "2";
  os.advance(1000);
  assertEquals(signals().length, 1);
});

test("watch: a change while it starts is told once it is up, one before that never", () => {
  const looker = new FakeLooker();
  const { bench, signals, os } = watching({ watch: [HUP_RULE], startupPauseMs: 5000 }, looker);
  bench.boot();
  looker.content = "2";
  looker.stir();
  os.advance(1000);
  assertEquals(signals(), []);
  os.advance(5000);
  assertEquals(signals().length, 1);
});

test("watch: restart stops it, says why, and starts it again", () => {
  const { bench, looker, starts, history, os } = watching({ watch: [RESTART_RULE] });
  bench.boot();
  looker.content = "2";
  looker.stir();
  os.advance(500);
  const { phase } = bench.supervisor.state("a.service");
  assertEquals(phase.kind === "stopping" && phase.reason, {
    kind: "renewal",
    why: "/etc/app.conf has changed",
  });
  looker.content = "3";
  looker.stir();
  os.advance(500);
  os.end("a", TERMED);
  assertEquals(starts(), 2, "what changes while it stops, the next process reads");
  assertEquals(bench.supervisor.state("a.service").phase.kind, "up");
  assertEquals(history.lastOrder("a.service")?.what, "restart");
});

test("watch: it goes on over crashes and ends with the service", () => {
  const restart = {
    when: "always",
    limit: 0,
    delayMs: 100,
    windowMs: 1000,
    noRetry: [],
    onGiveUp: "fail",
  } as const;
  const { bench, looker, os } = watching({ watch: [HUP_RULE], restart });
  bench.boot();
  os.end("a", EXIT_3);
  os.advance(200);
  assertEquals([looker.looks, bench.supervisor.state("a.service").phase.kind], [1, "up"]);
  bench.supervisor.stop("a.service", "request", 1000);
  os.end("a", TERMED);
  assertEquals(looker.queues.map(({ isClosed }) => isClosed), [true]);
  assertEquals(os.timerCount, 0);
});

test("watch: where the kernel does not tell, files are looked at every watch_poll", () => {
  const looker = new FakeLooker();
  looker.answer = { ...looker.answer, blind: "/etc is on NFS" };
  const { bench, signals, os } = watching({ watch: [HUP_RULE] }, looker);
  bench.boot();
  assertEquals(bench.texts("info").filter((text) => text.includes("watches")), [
    "a.service watches 1 file, every 30 s, since /etc is on NFS",
  ]);
  os.advance(29_999);
  assertEquals(looker.looks, 1);
  looker.content = "2";
  os.advance(1);
  assertEquals([looker.looks, signals().length], [2, 1]);
});

test("watch: without inotify files are looked at in time, too", () => {
  const looker = new FakeLooker();
  looker.hasQueues = false;
  const { bench, os } = watching({ watch: [HUP_RULE] }, looker);
  bench.boot();
  os.advance(60_000);
  assertEquals(looker.looks, 3);
});

test("watch: a look that hangs holds nothing up, is told, and is not begun again", () => {
  const looker = new FakeLooker();
  looker.isSlow = true;
  const { bench, os } = watching({ watch: [HUP_RULE] }, looker);
  bench.boot();
  assertEquals(bench.supervisor.state("a.service").phase.kind, "up");
  looker.listener?.late("it took longer than 30 s");
  os.advance(600_000);
  assertEquals(looker.looks, 1);
  assertEquals(bench.texts("warn"), [
    "a.service watched files cannot be looked at yet: it took longer than 30 s",
  ]);
  looker.listener?.done({ kind: "failed", text: "it has ended without an answer" });
  os.advance(30_000);
  assertEquals(looker.looks, 2);
});

test("watch: another incarnation compares with what the one before has seen", () => {
  const first = watching({ watch: [HUP_RULE] });
  first.bench.boot();
  const left = first.watches.handOver();
  const looker = new FakeLooker();
  looker.content = "2";
  const next = watching({ watch: [HUP_RULE] }, looker);
  next.bench.supervisor.takeOver({
    ...first.bench.supervisor.handOver(),
    processes: [],
  });
  next.watches.takeOver(left);
  assertEquals(next.bench.texts("notice").length, 1);
});

test("watch: after apply other files are watched, and those of none are let go", () => {
  const { bench, looker, watches, os } = watching({ watch: [HUP_RULE] });
  bench.boot();
  watches.configure();
  assertEquals(looker.looks, 1, "what is the same goes on");
  watches.end();
  assertEquals(looker.queues.at(-1)?.isClosed, true);
  assertEquals(os.timerCount, 0);
});
