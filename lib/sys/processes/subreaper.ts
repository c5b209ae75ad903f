/** Lets orphans come to chaperone where it is not PID 1, see PR_SET_CHILD_SUBREAPER(2const). */
import { libc } from "../libc/libc.ts";

/** From linux/prctl.h. */
const PR_SET_CHILD_SUBREAPER = 36;

/** Makes this process the parent of orphaned descendants; false where the kernel refuses. */
export function becomeSubreaper(): boolean {
  return libc().prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) === 0;
}
