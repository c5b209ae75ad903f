/** How often the kernel has killed for lack of memory in chaperone's own control group, see cgroups(7). */

/** Returns the count so far; undefined where no control group tells it. */
export function countOomKills(): number | undefined {
  for (const path of candidates()) {
    const text = readText(path);
    const count = text === undefined ? undefined : /^oom_kill (\d+)$/m.exec(text)?.[1];
    if (count !== undefined) return Number(count);
  }
  return undefined;
}

/** A container sees its own group at the root of the mount, unless it shares the host's namespace. */
function candidates(): string[] {
  const own = readText("/proc/self/cgroup") ?? "";
  const unified = /^0::(\/.*)$/m.exec(own)?.[1];
  const memory = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(\/.*)$/m.exec(own)?.[1];
  return [
    ...(unified === undefined ? [] : [`/sys/fs/cgroup${unified}/memory.events`]),
    "/sys/fs/cgroup/memory.events",
    ...(memory === undefined ? [] : [`/sys/fs/cgroup/memory${memory}/memory.oom_control`]),
    "/sys/fs/cgroup/memory/memory.oom_control",
  ];
}

function readText(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined; // ENOENT, EACCES: not there, or not for us.
  }
}
