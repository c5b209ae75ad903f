/** Reads from /proc which processes live in a PID namespace, see proc(5) and pid_namespaces(7). */

export interface Process {
  /** As seen inside the namespace. */
  readonly pid: number;
  /** As seen by the test. */
  readonly outerPid: number;
  /** As seen inside; 0 where the parent is outside. */
  readonly parent: number;
  /** `R`, `S`, `D`, `T`, `Z`…; `Z` is a zombie. */
  readonly state: string;
  readonly name: string;
  /** Empty for a zombie. */
  readonly argv: readonly string[];
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch {
    // ENOENT or ESRCH: the process has ended meanwhile.
    return undefined;
  }
}

interface Status {
  readonly outerPid: number;
  readonly outerParent: number;
  readonly name: string;
  readonly state: string;
  /** One number for each nested namespace, the innermost last. */
  readonly pids: readonly number[];
}

function parseStatus(text: string): Status {
  const field = (name: string) =>
    new RegExp(`^${name}:\\s*(.*)$`, "m").exec(text)?.[1]?.trim() ?? "";
  return {
    outerPid: Number(field("Pid")),
    outerParent: Number(field("PPid")),
    name: field("Name"),
    state: field("State").slice(0, 1),
    pids: field("NSpid").split(/\s+/).map(Number),
  };
}

async function readAll(): Promise<Map<number, Status>> {
  const all = new Map<number, Status>();
  for await (const entry of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(entry.name)) continue;
    const text = await readText(`/proc/${entry.name}/status`);
    if (text !== undefined) all.set(Number(entry.name), parseStatus(text));
  }
  return all;
}

/**
 * Finds the process with PID 1 of a namespace below this process; undefined where there is none.
 */
export async function findInit(ancestor: number): Promise<number | undefined> {
  const all = await readAll();
  for (const status of all.values()) {
    if (status.pids.length < 2 || status.pids.at(-1) !== 1) continue;
    let above = status.outerParent;
    while (above > 1 && above !== ancestor) above = all.get(above)?.outerParent ?? 0;
    if (above === ancestor) return status.outerPid;
  }
  return undefined;
}

/** Lists the processes of the namespace whose PID 1 is `init`, that one first. */
export async function processesBelow(init: number): Promise<Process[]> {
  const all = await readAll();
  const namespaceDepth = all.get(init)?.pids.length ?? 0;
  const insiders = [...all.values()].filter((status) =>
    status.pids.length >= namespaceDepth && descendsFrom(status, init, all)
  );
  const processes: Process[] = [];
  for (const status of insiders) {
    const commandLine = await readText(`/proc/${status.outerPid}/cmdline`) ?? "";
    processes.push({
      pid: status.pids[namespaceDepth - 1] ?? 0,
      outerPid: status.outerPid,
      parent: all.get(status.outerParent)?.pids[namespaceDepth - 1] ?? 0,
      state: status.state,
      name: status.name,
      argv: commandLine.split("\0").slice(0, -1),
    });
  }
  return processes.sort((a, b) => a.pid - b.pid);
}

// PID 1 inherits orphans, so each process of its namespace but those entered from outside is below
// it.
function descendsFrom(
  status: Status,
  init: number,
  all: ReadonlyMap<number, Status>,
): boolean {
  let at: Status | undefined = status;
  while (at !== undefined && at.outerPid !== init) at = all.get(at.outerParent);
  return at !== undefined;
}
