/**
 * Control groups of services, version 2, below chaperone's own: see cgroups(7). Only root's files
 * are written, by paths that chaperone has made.
 *
 * A group that hands its controllers down may hold no process itself. So chaperone, and whatever
 * else is in its group, moves into a group beside those of the services.
 */
import type { GroupFacts, GroupSetting } from "../../base/control_group.ts";
import type { GroupOs } from "../../door/group_os.ts";
import { cString, libc } from "../libc/libc.ts";
import { throwingSystemError } from "../libc/system_failure.ts";
import { ownGroupPath } from "./own_group.ts";

/** From unistd.h. */
const W_OK = 2;
/** Processes may be born while others are moved. */
const MOVES_MAX = 20;

const CONTROLLERS = ["memory", "cpu", "pids"];

export class ServiceGroups implements GroupOs {
  readonly #base: string | undefined;
  /** Before the names of chaperone's groups: other chaperones may have the same parent. */
  readonly #prefix: string;
  readonly #problem: string | undefined;
  /** What has been handed down to the groups of services; absent: it was not tried. */
  readonly #handedDown = new Map<string, boolean>();

  /** Looks where chaperone is; changes nothing. */
  constructor() {
    this.#prefix = `chap-${pidNamespace()}-${Deno.pid}-`;
    const found = ownGroupPath(read("/proc/self/mountinfo"), read("/proc/self/cgroup"));
    const suffix = `/${this.#prefix}init`;
    // Where an incarnation before has moved there.
    this.#base = found?.endsWith(suffix) ? found.slice(0, -suffix.length) : found;
    this.#problem = problemOf(this.#base);
  }

  get facts(): GroupFacts {
    if (this.#problem !== undefined) return { controllers: new Set(), problem: this.#problem };
    const listed = read(`${this.#base}/cgroup.controllers`).trim().split(" ");
    const usable = CONTROLLERS.filter((name) => {
      return listed.includes(name) && this.#handedDown.get(name) !== false;
    });
    return { controllers: new Set(usable) };
  }

  open(wanted: Iterable<string>): void {
    const { controllers } = this.facts;
    const fresh = [...wanted].filter((name) =>
      controllers.has(name) && !this.#handedDown.has(name)
    );
    if (fresh.length === 0) return;
    if (!this.#isMachineRoot) this.#moveAway();
    for (const name of fresh) {
      const problem = write(`${this.#base}/cgroup.subtree_control`, `+${name}`);
      this.#handedDown.set(name, problem === undefined);
    }
  }

  /** The root of the whole machine may hold processes. */
  get #isMachineRoot(): boolean {
    return read(`${this.#base}/cgroup.type`) === "";
  }

  #moveAway(): void {
    const place = this.#pathOf("init");
    make(place);
    for (let round = 0; round < MOVES_MAX; round++) {
      const pids = read(`${this.#base}/cgroup.procs`).split("\n").filter((pid) => pid !== "");
      if (pids.length === 0) return;
      for (const pid of pids) write(`${place}/cgroup.procs`, pid);
    }
  }

  prepare(name: string, settings: readonly GroupSetting[]): string {
    const path = this.#pathOf(name);
    throwingSystemError("mkdir", path, () => make(path));
    for (const { file, text } of settings) {
      throwingSystemError("write", `${path}/${file}`, () => overwrite(`${path}/${file}`, text));
    }
    return `${path}/cgroup.procs`;
  }

  kill(name: string): void {
    write(`${this.#pathOf(name)}/cgroup.kill`, "1");
  }

  oomKills(name: string): number | undefined {
    const count = /^oom_kill (\d+)$/m.exec(read(`${this.#pathOf(name)}/memory.events`))?.[1];
    return count === undefined ? undefined : Number(count);
  }

  remove(name: string): void {
    try {
      Deno.removeSync(this.#pathOf(name));
    } catch {
      // ENOENT, EBUSY: it was never made, or somebody is still in it.
    }
  }

  #pathOf(name: string): string {
    return `${this.#base}/${this.#prefix}${encodeURIComponent(name)}`;
  }
}

function problemOf(base: string | undefined): string | undefined {
  if (base === undefined) return "there is no control group of version 2";
  const isThere = read(`${base}/cgroup.procs`) !== "" ||
    read(`${base}/cgroup.controllers`) !== "" ||
    libc().access(cString(`${base}/cgroup.procs`), 0) === 0;
  if (!isThere) return `${base} is no control group`;
  const isWritable = [base, `${base}/cgroup.procs`, `${base}/cgroup.subtree_control`]
    .every((path) => libc().access(cString(path), W_OK) === 0);
  return isWritable ? undefined : `the control group ${base} is not chaperone's to write`;
}

/** Tells this container from others on the machine. */
function pidNamespace(): string {
  try {
    return /\d+/.exec(Deno.readLinkSync("/proc/self/ns/pid"))?.[0] ?? "0";
  } catch {
    return "0"; // ENOENT: /proc is hidden.
  }
}

function make(path: string): void {
  try {
    Deno.mkdirSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}

function overwrite(path: string, text: string): void {
  using file = Deno.openSync(path, { write: true });
  file.writeSync(new TextEncoder().encode(text));
}

/** Returns why it could not be written. */
function write(path: string, text: string): unknown {
  try {
    overwrite(path, text);
    return undefined;
  } catch (error) {
    return error; // ENOENT, EBUSY, EINVAL: whoever needs it looks.
  }
}

/** Empty where there is nothing to read. */
function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return ""; // ENOENT, EACCES.
  }
}
