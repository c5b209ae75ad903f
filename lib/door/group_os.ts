/** What the daemon needs from the system for control groups of services. */
import type { GroupFacts, GroupSetting } from "../base/control_group.ts";

export interface GroupOs {
  /** What can be limited; changes nothing. */
  readonly facts: GroupFacts;
  /**
   * Hands controllers down to the groups of services. What cannot be handed down is not among
   * `facts` from then on.
   */
  open(controllers: Iterable<string>): void;
  /**
   * Makes the group of a service, sets its limits, and returns the file by which a process enters
   * it. @throws {SystemError}
   */
  prepare(name: string, settings: readonly GroupSetting[]): string;
  /** Kills all processes in the group of a service at once, since Linux 5.14. */
  kill(name: string): void;
  /** How often the kernel has killed in it for lack of memory; undefined where nobody counts. */
  oomKills(name: string): number | undefined;
  /** Removes the group of a service; one in which something lives stays. */
  remove(name: string): void;
}
