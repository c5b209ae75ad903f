/**
 * What a source of another program does under that program, and what the converted one does under
 * chaperone: the same processes, the same restarts, the same end. Each program of the sources notes
 * in a file when it starts and when it is told to stop.
 */
import { assertEquals } from "@std/assert";
import { inNamespace, type NamespaceOptions } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import type { Running } from "./harness/running.ts";

/** Notes a word; a process that is killed in the middle of it leaves none. */
const note = (word: string) => `echo ${word} >> /run/events`;
/** Stays until a signal comes, and notes it. */
const stays = (name: string, signal: string) =>
  `trap '${note(`${name} ${signal}`)}; exit 0' ${signal}; ${note(`${name} up`)}; ` +
  "while :; do sleep 0.05; done";
const script = (text: string) => `#!/bin/sh\n${text}\n`;

const SUPERVISORD = `[supervisord]
nodaemon=true
user=root
logfile=/dev/null
logfile_maxbytes=0
pidfile=/run/supervisord.pid
environment=STAGE="test"

[include]
files=conf.d/*.conf

[group:all]
programs=web,worker
`;

const PROGRAMS = `[program:web]
command=%(here)s/../bin/web
stopsignal=QUIT

[program:worker]
command=%(here)s/../bin/worker
process_name=%(program_name)s_%(process_num)d
numprocs=2

[program:hopeless]
command=%(here)s/../bin/hopeless
startretries=1

[program:ever]
command=%(here)s/../bin/ever
autorestart=true
startretries=1

[program:once]
command=%(here)s/../bin/once
autorestart=false
startsecs=0

[program:spare]
command=%(here)s/../bin/spare
autostart=false
`;

const SUPERVISORD_FILES = {
  "supervisord.conf": SUPERVISORD,
  "conf.d/programs.conf": PROGRAMS,
  "bin/web": script(stays("web-$STAGE", "QUIT")),
  "bin/worker": script(stays("worker", "TERM")),
  "bin/hopeless": script(`${note("hopeless up")}; exit 1`),
  "bin/ever": script(`${note("ever up")}; sleep 1.3`),
  "bin/once": script(note("once up")),
  "bin/spare": script(note("spare up")),
};

const S6_FILES = {
  "services/web/run": script(stays("web", "TERM")),
  "services/ever/run": script(`${note("ever up")}; sleep 1.1`),
  "services/off/run": script(note("off up")),
  "services/off/down": "",
  "services/quiet/run": script(`exec 2>&1\ncd /run || exit\nexec /bin/sh -c "$TEST_DIR/bin/quiet"`),
  "bin/quiet": script(`[ "$PWD" = /run ] && ${note("quiet up")}; exec sleep 1000`),
};

const RUNIT_FILES = {
  "services/web/run": script(`exec 2>&1\n${stays("web", "TERM")}`),
  "services/ever/run": script(`${note("ever up")}; sleep 1.1`),
  "services/off/run": script(note("off up")),
  "services/off/down": "",
  // Waits for another, as services of runit do, and runs a program with a limit.
  "services/late/run": script(
    "sv start web >/dev/null || exit 1\ncd /run\n" +
      `exec chpst -o 64 sh -c 'test \$(ulimit -Hn) -gt 64 && echo late \$(ulimit -Sn) >> events; ` +
      "exec sleep 1000'",
  ),
};
/** Ends as an image with runit does: all services are told to stop, and are waited for. */
const RUNSVDIR = `export SVDIR="$TEST_DIR/services"
trap 'sv -w 5 force-stop "$SVDIR"/*; exit 0' TERM
runsvdir "$SVDIR" & wait`;

const READ = { retries: 400, pauseMs: 50 } as const;

/** Waits until `enough` says so of what was noted, and returns that. */
async function events(run: Running, enough: (noted: readonly string[]) => boolean) {
  for (let left = READ.retries; left > 0; left--) {
    const text = await Deno.readTextFile(`${run.directory}/run/events`).catch(() => "");
    const noted = text.split("\n").filter(Boolean);
    if (enough(noted)) return noted;
    await new Promise((resolve) => setTimeout(resolve, READ.pauseMs));
  }
  throw new Error(`not all was noted:\n${run.output.format()}`);
}

const countOf = (noted: readonly string[], word: string) =>
  noted.filter((text) => text === word).length;

/** What a run does until `ever` has been started three times, and at its end. */
async function observe(options: NamespaceOptions, stopped: number) {
  await using run = await inNamespace(options);
  const before = await events(run, (noted) => countOf(noted, "ever up") >= 3);
  await run.signal("SIGTERM");
  const code = await run.waitForExit();
  const all = await events(run, ({ length }) => length >= before.length + stopped);
  // How often it was started by then is up to the clock.
  const noted = all.filter((text) => text !== "ever up").sort();
  return { code, noted };
}

const convert = (format: string, source: string) =>
  `"$dir/bin/chaperone" --init --to "$dir/converted" --from-${format} "$dir/${source}"`;
const CONVERTED = ["sh", "-c", 'exec chaperone --config "$TEST_DIR/converted"'];

namespaceTest(
  "F-079: a converted supervisord.conf does what supervisord does",
  async () => {
    const original = await observe({
      files: SUPERVISORD_FILES,
      program: ["sh", "-c", 'exec supervisord -n -c "$TEST_DIR/supervisord.conf"'],
    }, 3);
    const converted = await observe({
      files: SUPERVISORD_FILES,
      setup: convert("supervisord", "supervisord.conf"),
      program: CONVERTED,
    }, 3);
    assertEquals(original, {
      code: 0,
      noted: [
        "hopeless up",
        "hopeless up",
        "once up",
        "web-test QUIT",
        "web-test up",
        "worker TERM",
        "worker TERM",
        "worker up",
        "worker up",
      ],
    });
    assertEquals(converted, original);
  },
  ["supervisord"],
);

namespaceTest("F-083: a converted scan directory does what s6-svscan does", async () => {
  const files = S6_FILES;
  const program = ["sh", "-c", 'exec s6-svscan "$TEST_DIR/services"'];
  const [original, converted] = await Promise.all([
    observe({ files, program }, 1),
    observe({ files, setup: convert("s6", "services"), program: CONVERTED }, 1),
  ]);
  assertEquals(original.noted, ["quiet up", "web TERM", "web up"]);
  assertEquals(converted.noted, original.noted);
  assertEquals(converted.code, 0);
}, ["s6-svscan"]);

namespaceTest("F-083: converted services of runit do what runsvdir does", async () => {
  const files = RUNIT_FILES;
  const [original, converted] = await Promise.all([
    observe({ files, program: ["sh", "-c", RUNSVDIR] }, 1),
    observe({ files, setup: convert("runit", "services"), program: CONVERTED }, 1),
  ]);
  assertEquals(original, { code: 0, noted: ["late 64", "web TERM", "web up"] });
  assertEquals(converted, original);
}, ["runsvdir", "sv", "chpst"]);
