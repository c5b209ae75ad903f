/**
 * A program under measurement: PID 1 of a PID and mount namespace of its own, with a /dev of its
 * own, whose processes are read from outside through /proc. Needs root.
 */

const ROOT = new URL("./", import.meta.url).pathname;
const NS_PER_MS = 1e6;
const POLL_MS = 2;

/**
 * Gives the namespace a /dev in which a syslog daemon may open its socket, and then becomes the
 * program.
 */
const ENTER = `
mount --make-rprivate /
d=$1 && shift && mkdir -p "$d" && mount -t tmpfs -o mode=755 tmpfs "$d"
for n in null zero full random urandom; do : >"$d/$n" && mount --bind "/dev/$n" "$d/$n"; done
ln -s /proc/self/fd "$d/fd" && mkdir "$d/shm" && mount --bind /dev/shm "$d/shm" && mount --move "$d" /dev && exec "$@"
`;

/** The program that makes load: compiled where the machine has a compiler. */
export interface Load {
  readonly path: string;
  readonly isCompiled: boolean;
}

/** Makes the load program in a folder. */
export async function prepareLoad(folder: string): Promise<Load> {
  const path = `${folder}/load`;
  const compiled = await new Deno.Command("cc", {
    args: ["-O2", "-o", path, `${ROOT}load.c`],
    stdout: "null",
    stderr: "null",
  }).output().then(({ success }) => success, () => false);
  if (!compiled) {
    await Deno.copyFile(`${ROOT}load.sh`, path);
    await Deno.chmod(path, 0o755);
  }
  return { path, isCompiled: compiled };
}

/**
 * What a load program wrote down: `S` begun, `T` told to end, `E` done, `0` the program's own exec.
 */
export interface Stamp {
  readonly kind: string;
  /** Within the namespace. */
  readonly pid: number;
  readonly atMs: number;
}

/** Sums over the processes that are not load. */
export interface Usage {
  readonly cpuMs: number;
  readonly switches: number;
  /** What a cgroup is charged for, and what ps shows. */
  readonly anonymousKib: number;
  readonly residentKib: number;
  readonly processes: number;
}

export interface BoxParts {
  readonly argv: readonly string[];
  readonly load: Load;
  /** Holds the stamps and the configuration; made anew for each box. */
  readonly folder: string;
  /** Shell commands that come first, for example those by which it enters a control group. */
  readonly setup?: string;
}

export class Box {
  readonly #parts: BoxParts;
  readonly #process: Deno.ChildProcess;
  readonly #status: Promise<Deno.CommandStatus>;
  #namespace: string | undefined;
  #isOver = false;

  constructor(parts: BoxParts) {
    this.#parts = parts;
    const { argv, load, folder, setup = "" } = parts;
    const inside = [load.path, "exec", this.stamps, ...argv];
    this.#process = new Deno.Command("unshare", {
      args: [
        "--fork",
        "--pid",
        "--mount",
        "--mount-proc",
        "--kill-child=KILL",
        "sh",
        "-c",
        setup + ENTER,
      ]
        .concat("sh", `${folder}/dev`, inside),
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    this.#status = this.#process.status.finally(() => this.#isOver = true);
  }

  /** The file of stamps. */
  get stamps(): string {
    return `${this.#parts.folder}/stamps`;
  }

  readStamps(kind: string): Stamp[] {
    const lines = readText(this.stamps).split("\n");
    // The last line may be half written.
    return lines.slice(0, -1).map(parseStamp).filter((stamp) => stamp.kind === kind);
  }

  /** When the program was executed. */
  get startMs(): number {
    return this.readStamps("0")[0]?.atMs ?? NaN;
  }

  /** Waits for that many stamps of a kind. */
  async stamped(kind: string, count: number, limitMs = 30_000): Promise<Stamp[]> {
    await this.until(() => this.readStamps(kind).length >= count, limitMs);
    return this.readStamps(kind);
  }

  /** Waits for a condition while the program runs. */
  async until(condition: () => boolean, limitMs = 30_000): Promise<void> {
    const endMs = Date.now() + limitMs;
    while (!condition()) {
      if (this.#isOver && !condition()) throw new Error("it ended early");
      if (Date.now() > endMs) throw new Error(`nothing after ${limitMs / 1000} s`);
      await pause(POLL_MS);
    }
  }

  /** All processes of the namespace, by their numbers outside. */
  pids(): number[] {
    const namespace = this.#namespace ??= namespaceOf(childOf(this.#process.pid));
    return [...Deno.readDirSync("/proc")].map(({ name }) => Number(name))
      .filter((pid) => pid > 0 && namespace !== undefined && namespaceOf(pid) === namespace);
  }

  /** Processes of the namespace by their number within it. */
  pidOutside(inside: number): number | undefined {
    return this.pids().find((pid) => {
      const numbers = /^NSpid:(.*)$/m.exec(readText(`/proc/${pid}/status`))?.[1] ?? "";
      return Number(numbers.trim().split(/\s+/).at(-1)) === inside;
    });
  }

  zombies(): number {
    return this.pids().filter((pid) => /^State:\s+Z/m.test(readText(`/proc/${pid}/status`))).length;
  }

  usage(): Usage {
    const own = this.pids().filter((pid) => !this.#isLoad(pid));
    const sum = (of: (pid: number) => number) => own.reduce((total, pid) => total + of(pid), 0);
    return {
      cpuMs: sum(cpuMs),
      switches: sum(switches),
      anonymousKib: sum((pid) => kib(pid, "Anonymous")),
      residentKib: sum((pid) => kib(pid, "Rss")),
      processes: own.length,
    };
  }

  /** What the program itself has used, all of its threads. */
  initCpuMs(): number {
    return cpuMs(childOf(this.#process.pid) ?? 0);
  }

  signal(signal: Deno.Signal): void {
    const first = childOf(this.#process.pid);
    if (first !== undefined) Deno.kill(first, signal);
  }

  /** Waits for the end of the program. */
  async ended(): Promise<void> {
    await this.#status;
  }

  /** Ends everything in it. */
  async close(): Promise<void> {
    if (!this.#isOver) this.#process.kill("SIGKILL");
    await this.#status;
  }

  #isLoad(pid: number): boolean {
    const { path, isCompiled } = this.#parts.load;
    const words = readText(`/proc/${pid}/cmdline`).split("\0");
    if (words[0] === path || words[1] === path) return true;
    return !isCompiled && ["sleep", "yes", "head", "date"].includes(words[0] ?? "");
  }
}

function parseStamp(line: string): Stamp {
  const [kind = "", pid = "", ns = ""] = line.split(" ");
  return { kind, pid: Number(pid), atMs: Number(ns) / NS_PER_MS };
}

/** Returns what a file holds, nothing where it cannot be read: processes come and go. */
export function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

/** Waits; only ever for a while that is part of what is measured, or between two looks. */
export function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

function childOf(pid: number): number | undefined {
  const first = readText(`/proc/${pid}/task/${pid}/children`).trim().split(" ")[0];
  return first ? Number(first) : undefined;
}

function namespaceOf(pid: number | undefined): string | undefined {
  try {
    return Deno.readLinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined; // ENOENT, ESRCH: it has ended.
  }
}

function tasks(pid: number): string[] {
  try {
    return [...Deno.readDirSync(`/proc/${pid}/task`)].map(({ name }) =>
      `/proc/${pid}/task/${name}`
    );
  } catch {
    return []; // ENOENT: it has ended.
  }
}

function cpuMs(pid: number): number {
  const ns = tasks(pid).map((task) => Number(readText(`${task}/schedstat`).split(" ")[0]));
  return ns.reduce((sum, value) => sum + value, 0) / NS_PER_MS;
}

function switches(pid: number): number {
  return tasks(pid).reduce((sum, task) => {
    const found = readText(`${task}/status`).matchAll(/^voluntary_ctxt_switches:\s+(\d+)/gm);
    return sum + [...found].reduce((total, match) => total + Number(match[1]), 0);
  }, 0);
}

function rollup(pid: number): string {
  return readText(`/proc/${pid}/smaps_rollup`);
}

/** Returns a sum over all mappings of a process; 0 where it has ended. */
function kib(pid: number, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(rollup(pid))?.[1] ?? 0);
}
