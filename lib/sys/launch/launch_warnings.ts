/** What is less safe in this container than it should be, as seen when a process is started. */
import type { SpawnRequest } from "../../door/os.ts";
import { findPageHolder, readersMayBeHeld } from "../processes/reads_aside.ts";
import { launchWarning } from "./start.ts";

const REMEDIES = {
  "/dev/fuse": "others than root may open /dev/fuse: chmod 600 /dev/fuse",
  "/proc/sys/vm/unprivileged_userfaultfd":
    "the sysctl vm.unprivileged_userfaultfd is 1: set it to 0 on the host",
} as const;

/** Keeps in mind what it has told. */
export class LaunchWarnings {
  readonly #told = new Set<string>();
  readonly #tell: (text: string) => void;

  constructor(tell: (text: string) => void) {
    this.#tell = tell;
  }

  /** Tells once of each thing what the start of a process has shown. */
  started(request: SpawnRequest): void {
    for (const warning of [launchWarning(), holdWarning(request)]) {
      if (warning === undefined || this.#told.has(warning)) continue;
      this.#told.add(warning);
      this.#tell(warning);
    }
  }
}

/**
 * Whoever has the kernel wait for a page meanwhile holds locks of directories, of /proc among them,
 * for which chaperone would wait in turn. A filter of system calls keeps a service from it.
 */
function holdWarning({ identity, confinement }: SpawnRequest): string | undefined {
  const isRoots = identity === undefined || identity.uid === 0;
  if (isRoots || Deno.uid() !== 0 || confinement?.filter !== undefined) return undefined;
  // A service of root may have closed that door in the meantime.
  const holder = readersMayBeHeld() ? findPageHolder() : undefined;
  if (holder === undefined) return undefined;
  return `the user of a service can hold up this container for ever, since ${
    REMEDIES[holder]
  }, or ` +
    "give services that do not run as root `syscalls: default`";
}
