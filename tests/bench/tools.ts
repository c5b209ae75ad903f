/** How each program under measurement is configured for the same job. */
import { fetchBaseRuntime, TESTED_VERSION } from "../../lib/build/base_runtime.ts";
import { fetchDeno, mustRun } from "../../lib/build/tools.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** A program that a supervisor is to run. */
export interface Service {
  readonly name: string;
  readonly argv: readonly string[];
  readonly restart?: boolean;
  /** The folder that its output goes to. */
  readonly log?: string;
}

/** Which measurements a tool takes part in. */
export type Job = "one" | "many" | "restart" | "launch" | "reap" | "capture" | "syslog";

export interface Tool {
  readonly name: string;
  readonly jobs: readonly Job[];
  /** What ends it, where it does not end with its last service. */
  readonly endSignal?: number;
  /** Writes its configuration to `folder`; `log` is the file for everything from /dev/log. */
  command(folder: string, services: readonly Service[], log?: string): readonly string[];
}

function write(path: string, text: string, mode = 0o644): void {
  Deno.writeTextFileSync(path, text);
  Deno.chmodSync(path, mode);
}

function script(folder: string, name: string, text: string): void {
  Deno.mkdirSync(folder, { recursive: true });
  write(`${folder}/${name}`, `#!/bin/sh\n${text}\n`, 0o755);
}

/** A chaperone, by the path of its binary, with `more` at the end of its configuration. */
export function chaperone(name: string, binary: string, more = ""): Tool {
  return {
    name,
    jobs: ["one", "many", "restart", "launch", "reap", "capture", "syslog"],
    command(folder, services, log) {
      const sections = services.map(({ name, argv, restart, log }) => {
        const stream = log === undefined ? "inherit" : "log";
        const lines = [
          `${name}.service:`,
          `  command: "${argv.join(" ")}"`,
          `  type: simple`,
          `  stdout: ${stream}`,
          `  stderr: ${stream}`,
          ...(restart ? ["  restart: true", "  restart_limit: 0", "  restart_delay: 0"] : []),
        ];
        if (log === undefined) return lines.join("\n");
        return `${
          lines.join("\n")
        }\n${name}.logging:\n  selector: '[${name}].*'\n  file: ${log}/current`;
      });
      const settings = [
        "settings:",
        `  enable_syslog: ${log !== undefined}`,
        "  startup_pause: 0",
        "  idle_delay: 0",
      ];
      const all = log === undefined ? [] : ["all.logging:", "  selector: '*.*'", `  file: ${log}`];
      write(`${folder}/chaperone.conf`, [...settings, ...sections, ...all, more].join("\n") + "\n");
      return [binary, "--config", `${folder}/chaperone.conf`];
    },
  };
}

/** The ways of a start that differ in what they load. */
export function startForms(binary: string): Tool[] {
  const yaml: Tool = {
    ...chaperone("chaperone, YAML", binary),
    jobs: ["one"],
    command(folder, services) {
      const sections = services.map(({ name, argv }) =>
        `${name}.service:\n  type: simple\n  stdout: inherit\n  stderr: inherit\n` +
        `  env_set: {ONE: "1", TWO: 'two'}\n  command: >-\n    ${argv.join("\n    ")}\n`
      );
      const settings = "settings: {enable_syslog: false, startup_pause: 0, idle_delay: 0}\n";
      write(`${folder}/chaperone.conf`, settings + sections.join(""));
      return [binary, "--config", `${folder}/chaperone.conf`];
    },
  };
  const task: Tool = {
    ...chaperone("chaperone --task", binary),
    jobs: ["one"],
    command(folder, services) {
      write(`${folder}/chaperone.conf`, "settings:\n  enable_syslog: false\n  idle_delay: 0\n");
      const argv = services[0]?.argv ?? [];
      return [binary, "--config", `${folder}/chaperone.conf`, "--task", ...argv];
    },
  };
  return [yaml, task];
}

/** The same program in a sandbox: what is dearer about it is the sandbox's price. */
export function strictForm(binary: string): Tool {
  return {
    ...chaperone("chaperone, sandbox: strict", binary),
    jobs: ["launch"],
    command(folder, services) {
      const sections = services.map(({ name, argv }) =>
        `${name}.service: {command: "${argv.join(" ")}", type: simple, restart: true, ` +
        `restart_limit: 0, restart_delay: 0, stdout: inherit, stderr: inherit, ` +
        `sandbox: {preset: strict, execute: [${argv[0]}], write: [${folder}]}}\n`
      );
      const settings = "settings: {enable_syslog: false, startup_pause: 0, idle_delay: 0}\n";
      write(`${folder}/chaperone.conf`, settings + sections.join(""));
      return [binary, "--config", `${folder}/chaperone.conf`];
    },
  };
}

/** Name of the tool that no start can be faster than. */
export const FLOOR = "compiled hello";

/** Compiles the floor with the base runtime that chaperone has. */
export async function compileFloor(folder: string): Promise<Tool> {
  const request = { version: TESTED_VERSION, target: Deno.build.target, cacheDir: `${ROOT}.cache` };
  const binary = `${folder}/floor`;
  const flags = ["--quiet", "--no-config", "--no-lock", "--no-check", "--no-code-cache"];
  const args = [
    "compile",
    ...flags,
    "--allow-all",
    "--output",
    binary,
    `${ROOT}tests/bench/floor.ts`,
  ];
  const env = { DENORT_BIN: await fetchBaseRuntime(request) };
  await mustRun(await fetchDeno(TESTED_VERSION), args, { env, doing: "compile the floor" });
  return {
    name: FLOOR,
    jobs: ["one"],
    command: (_folder, services) => [binary, ...services[0]?.argv ?? []],
  };
}

function init(name: string, ...words: readonly string[]): Tool {
  return {
    name,
    jobs: ["one", "reap"],
    command: (_folder, services) => [...words, ...services[0]?.argv ?? []],
  };
}

const SIGHUP = 1;
const SIGTERM = 15;

/** `directives`: what s6-log begins its script with. */
function s6(name: string, jobs: readonly Job[], directives = ""): Tool {
  return {
    name,
    jobs,
    endSignal: SIGTERM,
    command(folder, services) {
      for (const { name, argv, restart, log } of services) {
        const at = `${folder}/scan/${name}`;
        script(at, "run", `exec ${argv.join(" ")}`);
        if (!restart) script(at, "finish", "exit 125");
        const keep = `${directives} n1000 s100000000`;
        if (log !== undefined) script(`${at}/log`, "run", `exec s6-log ${keep} ${log}`);
      }
      return ["s6-svscan", "-c", "1100", `${folder}/scan`];
    },
  };
}

const RUNIT: Tool = {
  name: "runit",
  jobs: ["one", "many", "restart", "capture"],
  // At SIGTERM it would leave without telling any service to end.
  endSignal: SIGHUP,
  command(folder, services) {
    for (const { name, argv, restart, log } of services) {
      const at = `${folder}/scan/${name}`;
      script(at, "run", `exec ${argv.join(" ")}`);
      if (!restart) script(at, "finish", "exec sv down .");
      if (log !== undefined) {
        script(`${at}/log`, "run", `exec svlogd ${log}`);
        write(`${log}/config`, "s0\n");
      }
    }
    // It waits for a second where its folder has just been changed.
    Deno.utimeSync(`${folder}/scan`, 0, 0);
    return ["runsvdir", `${folder}/scan`];
  },
};

const SUPERVISOR: Tool = {
  name: "supervisor",
  jobs: ["one", "many", "restart", "capture"],
  endSignal: SIGTERM,
  command(folder, services) {
    const head =
      "[supervisord]\nnodaemon=true\nuser=root\nlogfile=/dev/null\nlogfile_maxbytes=0\n" +
      `pidfile=${folder}/pid\nminfds=4096\nchildlogdir=${folder}\n`;
    const programs = services.map(({ name, argv, restart, log }) =>
      `[program:${name}]\ncommand=${argv.join(" ")}\nautorestart=${
        restart === true
      }\nstartsecs=0\n` +
      `startretries=1000000\nstdout_logfile=${log === undefined ? "NONE" : `${log}/current`}\n` +
      "stdout_logfile_maxbytes=0\nstderr_logfile=NONE\n"
    );
    write(`${folder}/supervisord.conf`, head + programs.join(""));
    return ["supervisord", "-c", `${folder}/supervisord.conf`];
  },
};

function syslogd(name: string, command: (folder: string, log: string) => readonly string[]): Tool {
  return { name, jobs: ["syslog"], command: (folder, _, log = "") => command(folder, log) };
}

const RSYSLOG = syslogd("rsyslog", (folder, log) => {
  write(
    `${folder}/rsyslog.conf`,
    'module(load="imuxsock" SysSock.Use="on" SysSock.RateLimit.Interval="0")\n' +
      `global(workDirectory="${folder}")\n` +
      `*.* action(type="omfile" file="${log}" template="RSYSLOG_TraditionalFileFormat")\n`,
  );
  return ["rsyslogd", "-n", "-f", `${folder}/rsyslog.conf`, "-i", `${folder}/pid`];
});

const SYSLOG_NG = syslogd("syslog-ng", (folder, log) => {
  write(
    `${folder}/syslog-ng.conf`,
    "@version: current\noptions { chain_hostnames(off); use_dns(no); stats(freq(0)); };\n" +
      `source s { unix-dgram("/dev/log"); };\ndestination d { file("${log}"); };\n` +
      "log { source(s); destination(d); };\n",
  );
  const own = ["persist-file", "control", "pidfile"].map((what) => `--${what}=${folder}/${what}`);
  return ["syslog-ng", "-F", "--no-caps", "-f", `${folder}/syslog-ng.conf`, ...own];
});

const BUSYBOX = syslogd("busybox", (_, log) => ["busybox", "syslogd", "-n", "-O", log]);

/** All peers, with the program by which each is known to be installed. */
const PEERS: readonly (readonly [program: string, tool: Tool])[] = [
  ["tini", init("tini", "tini", "--")],
  ["dumb-init", init("dumb-init", "dumb-init", "--")],
  ["s6-svscan", s6("s6", ["one", "many", "restart", "reap", "capture"])],
  ["s6-log", s6("s6, stamped", ["capture"], "t")],
  ["runsvdir", RUNIT],
  ["supervisord", SUPERVISOR],
  ["rsyslogd", RSYSLOG],
  ["syslog-ng", SYSLOG_NG],
  ["busybox", BUSYBOX],
];

/** Returns the peers that this machine has, and the names of those that it lacks. */
export function findPeers(): { present: Tool[]; absent: string[] } {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  const has = (program: string) =>
    folders.some((folder) => {
      try {
        return Deno.statSync(`${folder}/${program}`).isFile;
      } catch {
        return false; // ENOENT: not here.
      }
    });
  return {
    present: PEERS.filter(([program]) => has(program)).map(([, tool]) => tool),
    absent: PEERS.filter(([program]) => !has(program)).map(([, tool]) => tool.name),
  };
}
