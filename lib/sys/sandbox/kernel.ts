/** What the kernel of this machine can do for sandboxes. */
import { landlockAbi } from "./landlock_ruleset.ts";

/** The version of Landlock's ABI, 0 where there is none; whose numbers calls have; who asks. */
export interface OwnKernel {
  readonly landlockAbi: number;
  readonly machine: typeof Deno.build.arch;
  readonly ownUid: number;
}

/** Asked once a process. */
export function ownKernel(): OwnKernel {
  return { landlockAbi: landlockAbi(), machine: Deno.build.arch, ownUid: Deno.uid() ?? 0 };
}
