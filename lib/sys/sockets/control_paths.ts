/** Where the control socket of a chaperone can be. */
import { CONTROL_SOCKET_NAME } from "../../base/control_names.ts";

/** What names the socket of a chaperone that has a `run_dir` of its own. */
const VARIABLE = "CHAPERONE_SOCKET";

/** Where chaperone 0.3.9 has it. */
export const DEFAULT_CONTROL_SOCKET = "/dev/chaperone.sock";

/**
 * Returns the paths to try, in order. Directories below /tmp count only if their owner is right.
 */
export function controlSocketCandidates(): string[] {
  const named = Deno.env.get(VARIABLE);
  if (named) return [named];
  const userDir = Deno.env.get("XDG_RUNTIME_DIR");
  const directories = [
    "/run/chaperone",
    ...(userDir?.startsWith("/") ? [`${userDir}/chaperone`] : []),
    ...[...ownerIds()].map((uid) => `/tmp/chaperone-${uid}`).filter(isOwnersDirectory),
  ];
  return [
    DEFAULT_CONTROL_SOCKET,
    ...directories.map((directory) => `${directory}/${CONTROL_SOCKET_NAME}`),
  ];
}

/** Users that a chaperone may run as: this one, and that of process 1. */
function ownerIds(): Set<number> {
  const ids = new Set<number>([Deno.uid() ?? 0]);
  try {
    const uid = Deno.statSync("/proc/1").uid;
    if (uid !== null) ids.add(uid);
  } catch {
    // ENOENT: no /proc.
  }
  return ids;
}

/** In /tmp anybody can be first: a directory of another user could hold a false chaperone. */
function isOwnersDirectory(path: string): boolean {
  try {
    const info = Deno.lstatSync(path);
    return info.isDirectory && path.endsWith(`-${info.uid}`);
  } catch {
    return false; // ENOENT: not there.
  }
}
