/** What brings about each symptom of docs/troubleshooting.md, by the heading of its section. */
import type { NamespaceOptions, NamespaceRun } from "./harness/namespace.ts";
import { python, type Section, sh } from "./scenario.ts";

export interface Symptom {
  /** The sections that show it; the log is what `--init` writes. */
  readonly services: Readonly<Record<string, Section>> | string;
  readonly options?: Omit<NamespaceOptions, "config">;
  /** Leads there, once chaperone has started. */
  act?(run: NamespaceRun): Promise<void>;
  /** The container ends by itself, with this status. */
  readonly code?: number;
  /** There are no logging sections. */
  readonly withoutLog?: true;
  /** What the section says to write last, with the same files, prints this; and stops in order. */
  readonly mended?: RegExp;
  readonly mendedOptions?: Omit<NamespaceOptions, "config">;
}

/** Another process 1. */
const ENDS_AT_TERM = `import os, signal
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
while True: signal.pause()`;

/** A program that stays, as a script. */
const STAYS = "#!/bin/sh\necho serving\nexec sleep 600\n";

const web = (script: string) => ({ files: { "bin/web": `#!/bin/sh\n${script}\n` } });

export const SYMPTOMS: Readonly<Record<string, Symptom>> = {
  "It exits at once with 0": {
    services: { "web.service": { command: "bash" } },
    options: { files: { "bin/web": STAYS } },
    code: 0,
    mended: /web\[\d+\]: serving$/,
  },
  "It exits at once with 1": {
    services: "web.service:\n  command: nginx\n  restrat: true\n",
    code: 1,
  },
  "It exits with 126 or 127": {
    services: { "web.service": { command: "start-web --port 80" } },
    code: 1,
    mended: /web\[\d+\]: serving$/,
    mendedOptions: {
      files: { "tools/start-web": STAYS },
      setup: 'mkdir -p /run/tools && cp "$dir/tools/start-web" /run/tools',
      env: { TOOLS: "/run/tools" },
    },
  },
  "It exits with 137": {
    services: { "web.service": { command: sh("kill -KILL $$"), "exit_kills": true } },
    code: 137,
  },
  "It exits with 143": {
    services: { "web.service": { command: "web", "exit_kills": true } },
    options: web("sleep 0.3; kill -TERM $$"),
    code: 143,
  },
  "It stays up and serves nothing": {
    services: {
      "web.service": { command: "web", "ignore_failures": true },
      "worker.service": { command: "sleep 600" },
    },
    options: web("echo 'no configuration in /etc/web' >&2; exit 2"),
  },
  "A service stays in starting or waiting": {
    services: {
      "db.service": { type: "notify", command: "sleep 600" },
      "web.service": { command: "web", after: "db.service" },
    },
    options: web("exec sleep 600"),
  },
  "A service is called ended and its program runs": {
    services: "web.service: {command: nginx}\n",
    mended: /web\.service started/,
  },
  "A service restarts again and again, or is given up": {
    services: {
      "web.service": { command: "web", restart: true, "restart_limit": 2, "restart_delay": 0.1 },
      "worker.service": { command: "sleep 600" },
    },
    options: web("sleep 0.2; echo 'cannot reach db:5432' >&2; exit 3"),
  },
  "A service starts before what it needs is ready": {
    services: {
      "db.service": { command: "db" },
      "web.service": { command: "web", after: "db.service" },
    },
    options: {
      files: {
        "bin/db": `#!/bin/sh
sleep 0.5; : >$TEST_DIR/tmp/up; echo ready to accept connections; exec sleep 600
`,
        "bin/web": `#!/bin/sh
[ -e $TEST_DIR/tmp/up ] || { echo connection refused >&2; exit 1; }
echo serving; exec sleep 600
`,
      },
    },
    code: 1,
    mended: /web\[\d+\]: serving$/,
  },
  "A service runs out of memory": {
    services: { "web.service": { command: "web", restart: true } },
    options: {
      // What the kernel writes there: a test may have no control group of its own.
      setup: `mount -t tmpfs tmpfs /sys/fs/cgroup
printf 'oom_kill 2\n' >/sys/fs/cgroup/memory.events`,
      files: {
        "bin/web": `#!/bin/sh
echo serving
sleep 0.2
[ ! -e $TEST_DIR/tmp/was ] || exec sleep 600
: >$TEST_DIR/tmp/was
echo 'oom_kill 3' >/sys/fs/cgroup/memory.events
kill -9 $$
`,
      },
    },
  },
  "Nothing is in the log": {
    services: "web.service: {command: web}\n",
    options: web("echo hello; exec sleep 600"),
    withoutLog: true,
    mended: /web\[\d+\]: hello$/,
  },
  "A job runs at the wrong hour, or not at all": {
    services: {
      "backup.service": { type: "cron", interval: "30 3 * * *", command: "/bin/true" },
    },
  },
  "docker stop takes ten seconds": {
    services: {
      settings: { "shutdown_timeout": 1 },
      "web.service": { command: sh("trap '' TERM; echo up; while :; do sleep 1; done") },
    },
    async act(run) {
      await run.waitForLine(/web\[\d+\]: up$/);
      await run.signal("SIGTERM");
    },
    code: 0,
  },
  "Permission denied on /dev/stdout": {
    services: {
      "web.service": {
        command: sh("echo hello >/dev/stdout; exec sleep 600"),
        uid: "nobody",
        stdout: "inherit",
      },
    },
    mended: /web\[\d+\]: hello$/,
  },
  "Address already in use": {
    services: {
      "one.service": { command: "redis-server --port 6379 --save ''" },
      "two.service": {
        command: "redis-server --port 6379 --save ''",
        after: "one.service",
        // It counts as started, however fast it ends.
        "startup_pause": 0,
      },
    },
    async act(run) {
      await run.waitForLine(/two\.service exited with code 1$/);
    },
    mended: /two\[\d+\]: .*Ready to accept connections/,
  },
  "Zombies pile up": {
    services: {
      "web.service": {
        command: python("import os,time\nif os.fork() == 0: os._exit(0)\ntime.sleep(600)"),
      },
    },
  },
  "telchap does not answer": {
    services: {},
    options: { program: ["python3", "-c", ENDS_AT_TERM] },
  },
  "telchap says not permitted": {
    services: { "web.service": { command: "sleep 600" } },
  },
  "I cannot get into an image that dies": {
    services: { "web.service": { command: "false" } },
    options: { args: ["--disable-services", "sh", "-c", "echo inside; sleep 0.3"] },
    code: 0,
  },
  "A variable is missing, or $X arrives as it is": {
    services: { "web.service": { command: "echo port $PORT && true" } },
    options: { env: { PORT: "8080" } },
    code: 0,
    mended: /script\[\d+\]: port 8080$/,
  },
};
