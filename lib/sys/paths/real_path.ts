/** Where a path leads, as far as that can be asked without waiting for anybody. */
import { ERRNO, SystemError } from "../../base/errors.ts";
import { AT_FDCWD } from "../libc/fcntl.ts";
import { type FileStatus, statAt } from "../libc/statx.ts";
import { mayHangAt, type Mounts } from "./mount_table.ts";
import { componentsOf, isShared, LINKS_MAX } from "./path_walk.ts";

/** What is asked on the way. */
export interface PathQuestions {
  /** Not following a link; undefined where there is nothing. */
  readonly status: (path: string) => FileStatus | undefined;
  readonly link: (path: string) => string;
}

const SYSTEM: PathQuestions = {
  status: (path) => statAt(AT_FDCWD, path, "keep"),
  link: (path) => Deno.readLinkSync(path),
};

/**
 * Returns an absolute path without links. From the first directory on that others than root may
 * write, and on a file system that somebody else serves, nothing is asked any more: whoever owns it
 * could exchange it for one that never answers. The rest stays as it was given.
 * @throws {SystemError} ENOENT where there is nothing, ELOOP for links without end.
 */
export function knownRealPath(path: string, own: Mounts, ask: PathQuestions = SYSTEM): string {
  const names = componentsOf(path);
  let reached: string[] = [];
  let links = 0;
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    if (name === "..") {
      reached.pop();
      continue;
    }
    const above = ask.status(`/${reached.join("/")}`);
    const place = `/${[...reached, name].join("/")}`;
    const isOthers = above === undefined || isShared(above);
    if (isOthers || mayHangAt(place, own) !== undefined) return [place, ...names].join("/");
    const status = ask.status(place);
    if (status === undefined) throw new SystemError("open", ERRNO.ENOENT, path);
    if (status.kind !== "link") {
      reached.push(name);
      continue;
    }
    if (++links > LINKS_MAX) throw new SystemError("open", ERRNO.ELOOP, path);
    const target = ask.link(place);
    if (target.startsWith("/")) reached = [];
    names.unshift(...componentsOf(target));
  }
  return `/${reached.join("/")}`;
}
