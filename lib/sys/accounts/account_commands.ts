/** The arguments with which programs add an account, as chaperone 0.3.9 gives them. */
import type { AccountAction } from "../../config/create_user.ts";

/** For useradd(8) and groupadd(8); `root` is empty for the system itself. */
export function shadowArguments(action: AccountAction, root: string): string[] {
  const prefix = root === "" ? [] : ["--prefix", root];
  if (action.kind === "add-group") return [...prefix, "-g", `${action.gid}`, action.name];
  return [
    "--no-create-home",
    ...prefix,
    ...(action.uid === undefined ? [] : ["-u", `${action.uid}`]),
    ...(action.group === undefined ? [] : ["-g", action.group.name]),
    ...(action.home === undefined ? [] : ["--home-dir", action.home]),
    action.name,
  ];
}

/** For adduser and addgroup of busybox, which know no other root. */
export function busyboxArguments(action: AccountAction): string[] {
  if (action.kind === "add-group") return ["-g", `${action.gid}`, action.name];
  return [
    "-D",
    "-H",
    ...(action.uid === undefined ? [] : ["-u", `${action.uid}`]),
    ...(action.group === undefined ? [] : ["-G", action.group.name]),
    ...(action.home === undefined ? [] : ["-h", action.home]),
    action.name,
  ];
}
