/**
 * A control group that a test puts a run in, see cgroups(7); version 1 or 2, whichever the machine
 * has.
 */

const ROOT = "/sys/fs/cgroup";

/** What a run in it may use. */
export interface CgroupLimits {
  /** How many threads and processes, `pids.max`. */
  readonly pids?: number;
  readonly memoryBytes?: number;
}

type Controller = "pids" | "memory";

const FILES: Record<Controller, { v1: string; v2: string }> = {
  pids: { v1: "pids.max", v2: "pids.max" },
  memory: { v1: "memory.limit_in_bytes", v2: "memory.max" },
};

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false; // ENOENT
  }
}

function isVersion1(controller: Controller): boolean {
  return exists(`${ROOT}/${controller}/tasks`);
}

/** Says whether this machine lets a test limit what it asks for. */
export function canLimit(controller: Controller): boolean {
  const parent = isVersion1(controller) ? `${ROOT}/${controller}` : ROOT;
  const path = `${parent}/chaperone-probe-${crypto.randomUUID()}`;
  try {
    Deno.mkdirSync(path);
  } catch {
    return false; // EROFS, EACCES
  }
  const { v1, v2 } = FILES[controller];
  const can = exists(`${path}/${v1}`) || exists(`${path}/${v2}`);
  Deno.removeSync(path);
  return can;
}

/** Groups of one test, one for each limit; removed at its end. */
export class Cgroup implements AsyncDisposable {
  readonly #paths = new Map<Controller, string>();

  constructor(limits: CgroupLimits) {
    if (limits.pids !== undefined) this.#make("pids", limits.pids);
    if (limits.memoryBytes !== undefined) this.#make("memory", limits.memoryBytes);
  }

  #make(controller: Controller, value: number): void {
    const parent = isVersion1(controller) ? `${ROOT}/${controller}` : ROOT;
    const path = `${parent}/chaperone-test-${crypto.randomUUID()}`;
    Deno.mkdirSync(path);
    this.#paths.set(controller, path);
    this.set(controller, value);
  }

  /** Changes a limit. */
  set(controller: Controller, value: number): void {
    const { v1, v2 } = FILES[controller];
    const name = isVersion1(controller) ? v1 : v2;
    Deno.writeTextFileSync(`${this.#paths.get(controller)}/${name}`, `${value}`);
  }

  /** Shell commands by which a process enters it. */
  get enter(): string {
    return [...this.#paths.values()].map((path) => `echo $$ >${path}/cgroup.procs`).join("\n");
  }

  /** How many threads are in it. */
  threadCount(): number {
    return Number(Deno.readTextFileSync(`${this.#paths.get("pids")}/pids.current`));
  }

  /**
   * What `docker stats` shows of it: what it is charged, but for pages of files that may go at
   * once.
   */
  shownBytes(): number {
    const path = this.#paths.get("memory");
    const [usage, inactive] = isVersion1("memory")
      ? ["memory.usage_in_bytes", "total_inactive_file"]
      : ["memory.current", "inactive_file"];
    const stat = Deno.readTextFileSync(`${path}/memory.stat`);
    const found = new RegExp(`^${inactive} (\\d+)$`, "m").exec(stat)?.[1];
    return Number(Deno.readTextFileSync(`${path}/${usage}`)) - Number(found ?? 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const path of this.#paths.values()) {
      // Those who were killed last are counted a moment longer.
      for (let tries = 0;; tries++) {
        try {
          Deno.removeSync(path);
          break;
        } catch (error) {
          if (tries >= 100) throw error;
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
    }
  }
}
