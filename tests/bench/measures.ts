/** The measurements, each as a function of a tool that yields numbers. */
import { canLimit, Cgroup } from "../e2e/harness/cgroup.ts";
import { type Box, type Load, pause, readText, type Usage } from "./box.ts";
import { type Bench, inBox, type Measure, named, type Values } from "./measure.ts";
import { burst, launch, reap, restart } from "./process_measures.ts";
import type { Tool } from "./tools.ts";

const MANY = 100;
const MESSAGES = 100_000;
const CAPTURED_MIB = 128;
const IDLE_SERVICES = 10;
const IDLE_SECONDS = 15;
/** After a start, busy for a moment longer than the services show. */
const SETTLING_MS = 1500;
/** As long as a look at a container that runs: what the start has used may be gone. */
const HOLDING_MS = 5000;

const start: Measure = {
  name: "start",
  title: "Start with one service, which ends at once",
  job: "one",
  runs: 9,
  quantities: { firstMs: "first service, ms", endMs: "its own end, ms" },
  run: ({ load, folder }, tool) => {
    const end = tool.endSignal === undefined ? [] : [`${tool.endSignal}`];
    return inBox(
      { load, folder },
      tool,
      (stamps) => ({ services: named(1, [load.path, "end", stamps, ...end]) }),
      async (box) => {
        const [first] = await box.stamped("S", 1);
        await box.ended();
        const endMs = performance.timeOrigin + performance.now();
        return { firstMs: (first?.atMs ?? NaN) - box.startMs, endMs: endMs - box.startMs };
      },
    );
  },
};

function staying(count: number, load: Load) {
  return (stamps: string) => ({ services: named(count, [load.path, "stay", stamps]) });
}

/** No container needs as much; the controller counts all the same. */
const NO_LIMIT_BYTES = 2 ** 40;

interface Held extends Usage {
  /** What `docker stats` would show of all of it; NaN where there is no controller. */
  readonly shownKib: number;
}

/** What the processes of a tool hold once so many services run. */
export async function heldWith(bench: Bench, tool: Tool, count: number): Promise<Held> {
  const group = canLimit("memory") ? new Cgroup({ memoryBytes: NO_LIMIT_BYTES }) : undefined;
  try {
    return await inBox(bench, tool, staying(count, bench.load), async (box) => {
      await box.stamped("S", count, 60_000);
      await pause(HOLDING_MS);
      return { ...box.usage(), shownKib: (group?.shownBytes() ?? NaN) / 1024 };
    }, group && `${group.enter}\n`);
  } finally {
    await group?.[Symbol.asyncDispose]();
  }
}

const memory: Measure = {
  name: "memory",
  title: "Memory with one service, and for each further one of a hundred",
  job: "many",
  runs: 1,
  quantities: {
    anonymousMib: "anonymous, MiB",
    residentMib: "resident, MiB",
    shownMib: "docker stats, MiB",
    eachKib: "each, anonymous KiB",
  },
  async run(bench, tool) {
    const one = await heldWith(bench, tool, 1);
    const many = await heldWith(bench, tool, MANY);
    return {
      anonymousMib: one.anonymousKib / 1024,
      residentMib: one.residentKib / 1024,
      shownMib: one.shownKib / 1024,
      eachKib: (many.anonymousKib - one.anonymousKib) / (MANY - 1),
    };
  },
};

/** Starts and stops so many services. */
export function upAndDown(bench: Bench, tool: Tool, count: number): Promise<Values> {
  return inBox(bench, tool, staying(count, bench.load), async (box) => {
    const up = await box.stamped("S", count, 60_000);
    const upMs = Math.max(...up.map(({ atMs }) => atMs)) - box.startMs;
    const { cpuMs } = box.usage();
    const askedMs = performance.timeOrigin + performance.now();
    box.signal(tool.endSignal === 1 ? "SIGHUP" : "SIGTERM");
    await box.ended();
    const downMs = performance.timeOrigin + performance.now() - askedMs;
    return { upMs, downMs, cpuMs };
  });
}

const many: Measure = {
  name: "many",
  title: `${MANY} services`,
  job: "many",
  runs: 3,
  quantities: { upMs: "all up, ms", downMs: "all down, ms", cpuMs: "CPU until then, ms" },
  run: (bench, tool) => upAndDown(bench, tool, MANY),
};

/** Sends messages to /dev/log from so many programs at a time. */
export function ingest(bench: Bench, tool: Tool, senders: number): Promise<Values> {
  const count = MESSAGES - MESSAGES % senders;
  const log = (folder: string) => `${folder}/messages`;
  let file = "";
  const make = (stamps: string, folder: string) => {
    file = log(folder);
    return { services: named(1, [bench.load.path, "stay", stamps]), log: file };
  };
  return inBox(bench, tool, make, async (box) => {
    const first = childRoot(box);
    await box.until(() => exists(`${first()}/dev/log`));
    await pause(SETTLING_MS);
    const before = box.usage().cpuMs;
    const flood = new Deno.Command("nsenter", {
      args: ["--mount", "--pid", "--target", `${box.pids()[0]}`, bench.load.path]
        .concat("flood", box.stamps, `${count}`, `${senders}`),
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      const [done] = await box.stamped("E", 1, 60_000);
      const begun = box.readStamps("S").at(-1)?.atMs ?? NaN;
      await box.until(() => countLines(file) >= count, 20_000);
      const seconds = ((done?.atMs ?? NaN) - begun) / 1000;
      // The flood is a program of its own and no part of the tool.
      return {
        perSecond: count / seconds,
        cpuPerMillion: (box.usage().cpuMs - before) / 1000 * 1e6 / count,
      };
    } finally {
      flood.kill("SIGKILL");
      await flood.status;
    }
  });
}

function childRoot(box: Box): () => string {
  return () => `/proc/${box.pids()[0] ?? 0}/root`;
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false; // ENOENT: not yet.
  }
}

const counted = new Map<string, { size: number; lines: number }>();

/** Counts the lines of a file that grows, without reading twice what it has read. */
function countLines(path: string): number {
  const known = counted.get(path) ?? { size: 0, lines: 0 };
  counted.set(path, known);
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path);
  } catch {
    return 0; // ENOENT: nothing written yet.
  }
  using _ = file;
  file.seekSync(known.size, Deno.SeekMode.Start);
  const buffer = new Uint8Array(1 << 20);
  for (let size = file.readSync(buffer); size; size = file.readSync(buffer)) {
    known.size += size;
    for (let at = buffer.indexOf(10); at >= 0 && at < size; at = buffer.indexOf(10, at + 1)) {
      known.lines++;
    }
  }
  return known.lines;
}

function syslog(senders: number): Measure {
  return {
    name: `syslog${senders}`,
    title: `${MESSAGES} messages of 120 bytes to /dev/log, ${senders} at a time`,
    job: "syslog",
    runs: 3,
    needsCompiler: true,
    quantities: { perSecond: "messages/s", cpuPerMillion: "CPU, s/million" },
    more: ["perSecond"],
    run: (bench, tool) => ingest(bench, tool, senders),
  };
}

const capture: Measure = {
  name: "capture",
  title: `${CAPTURED_MIB} MiB of lines of 100 bytes from a service into a file`,
  job: "capture",
  runs: 2,
  quantities: { mibPerSecond: "MiB/s", cpuPerGib: "CPU, s/GiB" },
  more: ["mibPerSecond"],
  run: ({ load, folder }, tool) => {
    let log = "";
    const make = (stamps: string, own: string) => {
      log = `${own}/log`;
      Deno.mkdirSync(log);
      const argv = [load.path, "lines", stamps, `${CAPTURED_MIB}`];
      return { services: named(1, argv, { log }) };
    };
    return inBox({ load, folder }, tool, make, async (box) => {
      const [begun] = await box.stamped("S", 1);
      const size = CAPTURED_MIB * 1024 * 1024;
      await box.stamped("E", 1, 60_000);
      await box.until(() => folderSize(log) >= size, 60_000);
      const endMs = performance.timeOrigin + performance.now();
      return {
        mibPerSecond: CAPTURED_MIB * 1000 / (endMs - (begun?.atMs ?? NaN)),
        cpuPerGib: box.usage().cpuMs / CAPTURED_MIB * 1.024,
      };
    });
  },
};

function folderSize(folder: string): number {
  return [...Deno.readDirSync(folder)].filter(({ name }) => /^current|^@/.test(name))
    .reduce((sum, { name }) => sum + Deno.statSync(`${folder}/${name}`).size, 0);
}

const idle: Measure = {
  name: "idle",
  title: `${IDLE_SERVICES} services that do nothing, for ${IDLE_SECONDS} s`,
  job: "many",
  runs: 1,
  isPatient: true,
  quantities: { wakeups: "wake-ups", cpuMs: "CPU, ms" },
  run: (bench, tool) =>
    inBox(bench, tool, staying(IDLE_SERVICES, bench.load), async (box) => {
      await box.stamped("S", IDLE_SERVICES);
      // Longer than the second after which chaperone gives memory back.
      await pause(2 * SETTLING_MS);
      const before = box.usage();
      await pause(IDLE_SECONDS * 1000);
      const after = box.usage();
      return { wakeups: after.switches - before.switches, cpuMs: after.cpuMs - before.cpuMs };
    }),
};

/** All measurements in the order in which they are made. */
export const MEASURES = [
  ...[start, memory, many, restart, launch, reap, burst],
  ...[syslog(1), syslog(4), capture, idle],
];

/**
 * Says how many datagrams a socket queues here: it decides how often senders and receiver
 * alternate.
 */
export function queueLength(): string {
  return readText("/proc/sys/net/unix/max_dgram_qlen").trim();
}
