/** Starts a process, and follows it until it is its program. */
import type { Child, SpawnRequest } from "../../door/os.ts";
import type { Poller } from "../libc/poller.ts";
import type { Children } from "../processes/children.ts";
import { PolledPipe } from "../processes/output_pipe.ts";
import type { PendingLaunches } from "./pending_launches.ts";
import { startProcess } from "./start.ts";

/** What a launch hands its process over to. */
export interface LaunchParts {
  readonly children: Children;
  readonly poller: Poller;
  readonly launches: PendingLaunches;
}

/**
 * Starts a process; `launches` then tells whether it has become its program, `children` its end.
 * @throws {SystemError} where there can be none; nothing runs then.
 */
export function launchChild(request: SpawnRequest, parts: LaunchParts): Child {
  const { children, poller, launches } = parts;
  const { pid, readers, launch } = startProcess(request, (ended) => {
    children.adopt(ended);
    children.discard(ended);
  });
  children.adopt(pid);
  if (launch !== undefined) launches.add(pid, launch);
  const pipe = (reader: number) => new PolledPipe(poller, reader);
  return {
    pid,
    ...(launch === undefined ? {} : { isLaunching: true }),
    ...(readers.stdout === undefined ? {} : { stdout: pipe(readers.stdout) }),
    ...(readers.stderr === undefined ? {} : { stderr: pipe(readers.stderr) }),
    ...(readers.ready === undefined ? {} : { ready: pipe(readers.ready) }),
  };
}
