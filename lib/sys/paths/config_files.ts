/**
 * The files that loading a configuration looks at. Some of them may lie where others than root can
 * exchange them while chaperone reads (`include`), and chaperone waits for none of them.
 */
import { encodeBytes } from "../../base/byte_text.ts";
import { ERRNO, SystemError } from "../../base/errors.ts";
import type { ConfigFiles } from "../../config/source/config_files.ts";
import { fileKind, listDirectory, readPlain, readWhole } from "../files/files.ts";
import { O_DIRECTORY, O_NONBLOCK, O_RDONLY } from "../libc/fcntl.ts";
import { libc } from "../libc/libc.ts";
import { usersMayServe } from "./held_place.ts";
import { openEnd, ownUid, statPlace, throughLinksFor, withPathEnd } from "./path_walk.ts";
import { readRootsFile, readServiceFile } from "./service_files.ts";

/** The files of a configuration. A pipe that is named itself is read to its end. */
export const configFiles: ConfigFiles = {
  stat: (path) => isHarmless(path) ? fileKind(path) : kindOf(path),
  list: (path) => isHarmless(path) ? listDirectory(path) : listHeld(path),
  read: (path, { isNamed = false } = {}) => {
    if (isNamed && configFiles.stat(path) === "other" && isRoots(path)) return readWhole(path);
    if (isHarmless(path)) return asText(readPlain(path));
    return asText(demanded(path, readServiceFile(path, undefined)));
  },
  readFor: (path, user) => withoutMark(demanded(path, readServiceFile(path, user))),
  readRoots: (path) => withoutMark(demanded(path, readRootsFile(path))),
};

/** Whether nobody can have mounted there what never answers. */
function isHarmless(path: string): boolean {
  return path === "/" || !usersMayServe();
}

/** Whether nobody else can put a pipe there whose other end nobody closes. */
function isRoots(path: string): boolean {
  if (ownUid() !== 0) return true;
  return withPathEnd(path, { kind: "fail" }, ({ isOthers }) => !isOthers);
}

function kindOf(path: string): ReturnType<ConfigFiles["stat"]> {
  const kind = statPlace(path)?.kind;
  if (kind === undefined || kind === "directory") return kind;
  return kind === "regular" ? "file" : "other";
}

function listHeld(path: string): readonly string[] {
  return withPathEnd(path, throughLinksFor(ownUid()), (end) => {
    const fd = openEnd(end, O_RDONLY | O_DIRECTORY | O_NONBLOCK, path);
    try {
      return listDirectory(`/proc/self/fd/${fd}`);
    } finally {
      libc().close(fd);
    }
  });
}

function demanded(path: string, text: string | undefined): string {
  if (text === undefined) throw new SystemError("open", ERRNO.ENOENT, path);
  return text;
}

/** What is no UTF-8 becomes U+FFFD, and there is no byte order mark. */
function asText(text: string): string {
  return new TextDecoder().decode(encodeBytes(text));
}

function withoutMark(text: string): string {
  return text.replace(/^\ufeff/, "");
}
