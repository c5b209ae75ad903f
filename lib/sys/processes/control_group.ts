/** What chaperone's own control group says of memory, cgroups(7), version 2 or 1. */

/**
 * Returns how often the kernel has killed for lack of memory; undefined where no control group
 * tells it.
 */
export function countOomKills(): number | undefined {
  for (const text of readMemoryFiles("memory.events", "memory.oom_control")) {
    const count = /^oom_kill (\d+)$/m.exec(text)?.[1];
    if (count !== undefined) return Number(count);
  }
  return undefined;
}

/** Returns how much memory the container may use; undefined where that is not limited. */
export function memoryLimitBytes(): number | undefined {
  for (const text of readMemoryFiles("memory.max", "memory.limit_in_bytes")) {
    // `max`; in version 1 a number that no machine has.
    if (/^\d{1,15}$/m.test(text)) return Number(text);
  }
  return undefined;
}

/** Returns how much memory the container uses; undefined where no control group tells it. */
export function memoryUsedBytes(): number | undefined {
  for (const text of readMemoryFiles("memory.current", "memory.usage_in_bytes")) {
    if (/^\d{1,15}$/m.test(text)) return Number(text);
  }
  return undefined;
}

/**
 * A container sees its own group at the root of the mount, unless it shares the host's namespace.
 */
function* readMemoryFiles(unifiedName: string, formerName: string): Iterable<string> {
  const own = readText("/proc/self/cgroup") ?? "";
  const unified = /^0::(\/.*)$/m.exec(own)?.[1];
  const memory = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(\/.*)$/m.exec(own)?.[1];
  const paths = [
    ...(unified === undefined ? [] : [`/sys/fs/cgroup${unified}/${unifiedName}`]),
    `/sys/fs/cgroup/${unifiedName}`,
    ...(memory === undefined ? [] : [`/sys/fs/cgroup/memory${memory}/${formerName}`]),
    `/sys/fs/cgroup/memory/${formerName}`,
  ];
  for (const path of paths) {
    const text = readText(path);
    if (text !== undefined) yield text;
  }
}

function readText(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined; // ENOENT, EACCES: not there, or not for us.
  }
}
