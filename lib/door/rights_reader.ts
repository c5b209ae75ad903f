/** What an audit asks of the system. */
import type { Identity } from "../base/identity.ts";
import type { ProcessRights } from "../base/process_rights.ts";

export interface RightsReader {
  /** The version of Landlock's ABI; 0: the kernel has none. */
  readonly landlockAbi: number;
  /** Undefined where the process has ended, or is hidden. */
  rights(pid: number): ProcessRights | undefined;
  /** TCP ports on which any of the processes of this user listens. */
  ports(pids: Iterable<number>, user: Identity | undefined): readonly number[];
  /** Where a process with these rights may write. */
  writable(pid: number, rights: ProcessRights): readonly string[];
}
