/**
 * Finds the file that a command's first word names, as chaperone 0.3.9 does: shell rules for `~`
 * and PATH.
 */
import type { Os } from "../../door/os.ts";
import { readAccounts } from "../files/accounts.ts";
import type { FileStatus } from "../libc/statx.ts";
import { statPlace } from "./path_walk.ts";

/** Where execvp(3) looks without a PATH. */
const DEFAULT_PATH = "/bin:/usr/bin";

function expandTilde(word: string): string {
  const match = /^~([^/]*)(.*)$/s.exec(word);
  if (match === null) return word;
  const [, name, rest] = match as unknown as [string, string, string];
  const home = name === ""
    ? Deno.env.get("HOME") ?? readAccounts().userById(Deno.uid() ?? 0)?.home
    : readAccounts().userByName(name)?.home;
  // An unknown user stays as written, as in sh(1).
  return home === undefined ? word : `${home.replace(/\/+$/, "")}${rest}` || "/";
}

function absolute(path: string): string {
  return path.startsWith("/") ? path : `${Deno.cwd()}/${path}`;
}

/** Whether the file is a regular one, and whether a bit lets chaperone execute it. */
function look(path: string): "executable" | "not-executable" | "missing" {
  let status: FileStatus | undefined;
  try {
    status = statPlace(path);
  } catch {
    // EACCES, ELOOP, or a user serves it: not to be had.
  }
  if (status === undefined) return "missing";
  const isExecutable = status.kind === "regular" && (status.mode & 0o111) !== 0;
  return isExecutable ? "executable" : "not-executable";
}

/** Implements `Os.findExecutable`. */
export function findExecutable(
  word: string,
  pathVariable: string | undefined,
  directory?: string,
): ReturnType<Os["findExecutable"]> {
  const expanded = expandTilde(word);
  if (expanded.includes("/")) {
    const isRelative = directory !== undefined && !expanded.startsWith("/");
    const inDirectory = absolute(isRelative ? `${directory}/${expanded}` : expanded);
    const here = absolute(expanded);
    const path = look(inDirectory) === "missing" && look(here) !== "missing" ? here : inDirectory;
    const kind = look(path);
    return { kind: kind === "executable" ? "found" : kind, path };
  }
  for (const folder of (pathVariable ?? DEFAULT_PATH).split(":")) {
    const path = absolute(`${folder === "" ? "." : folder.replace(/\/+$/, "")}/${expanded}`);
    if (look(path) === "executable") return { kind: "found", path };
  }
  return { kind: "missing", path: expanded };
}
