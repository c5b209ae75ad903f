/** Finds chaperone's own control group of version 2. Pure: knows no file. */

/**
 * Returns the directory of chaperone's own group of version 2, by /proc/self/mountinfo and
 * /proc/self/cgroup; undefined where none is to be seen.
 */
export function ownGroupPath(mounts: string, membership: string): string | undefined {
  const own = /^0::(\/.*)$/m.exec(membership)?.[1];
  if (own === undefined || own.includes("/..")) return undefined;
  for (const line of mounts.split("\n")) {
    const [, , , root = "", point = "", ...rest] = line.split(" ");
    if (rest[rest.indexOf("-") + 1] !== "cgroup2") continue;
    const top = root === "/" ? "" : root;
    if (own !== top && !`${own}/`.startsWith(`${top}/`)) continue;
    return `${point}${own.slice(top.length)}`.replace(/\/+$/, "");
  }
  return undefined;
}
