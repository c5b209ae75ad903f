/** Who may do what over the control socket. */
import type { Caller } from "../../base/caller.ts";
import type { PeerCredentials } from "../../door/streams.ts";

export interface AccessRules {
  /** The user chaperone runs as. */
  readonly ownUid: number;
  readonly controlUid: number;
  /**
   * Undefined where the configuration names no group: then root's counts if the mode lets it write.
   */
  readonly controlGid: number | undefined;
  /** Undefined where the configuration does not say. */
  readonly controlMode: number | undefined;
}

const GROUP_WRITE = 0o020;
const OTHERS_WRITE = 0o002;

/** Mode of the socket's file where the configuration does not say: everybody is judged by uid. */
const OPEN_MODE = 0o666;

/** Returns the mode of the control socket's file. */
export function socketMode(rules: Pick<AccessRules, "controlMode">): number {
  return rules.controlMode ?? OPEN_MODE;
}

/**
 * Says what a peer may do: root, chaperone's own user, `control_uid` and the members of
 * `control_gid` everything. Others handle the services that run as their user, as they could
 * without chaperone; a `control_mode` that lets others write besides lets them look at all.
 */
export function judgePeer(peer: PeerCredentials | undefined, rules: AccessRules): Caller {
  if (peer === undefined) return { mayControl: false, mayLook: false, uid: undefined };
  const { uid, gid } = peer;
  const isOwner = uid === 0 || uid === rules.ownUid || uid === rules.controlUid;
  const mayControl = isOwner || isMember(peer, rules);
  const mayLook = mayControl || ((rules.controlMode ?? 0) & OTHERS_WRITE) !== 0;
  return { mayControl, mayLook, uid, groups: [gid, ...peer.groups.filter((each) => each !== gid)] };
}

/** Says what a peer may do that may be in a sandbox. */
export function judgeCaller(
  peer: PeerCredentials | undefined,
  rules: AccessRules,
  processes: { mayBeSandboxed(pid: number): boolean },
): Caller {
  const caller = judgePeer(peer, rules);
  return peer !== undefined && processes.mayBeSandboxed(peer.pid) ? confineCaller(caller) : caller;
}

/**
 * What a caller in a sandbox may do: look, where everybody may. As chaperone's user it could stop
 * others, or read what they write, which its sandbox is there to prevent.
 */
export function confineCaller({ mayLook, mayControl }: Caller): Caller {
  return { mayControl: false, mayLook: mayLook && !mayControl, uid: undefined };
}

/** The group whose members may do everything; undefined where there is none. */
export function controllingGroup({ controlGid, controlMode }: AccessRules): number | undefined {
  const groupMay = controlMode === undefined
    ? controlGid !== undefined
    : (controlMode & GROUP_WRITE) !== 0;
  return groupMay ? controlGid ?? 0 : undefined;
}

function isMember(peer: PeerCredentials, rules: AccessRules): boolean {
  const gid = controllingGroup(rules);
  return gid !== undefined && (peer.gid === gid || peer.groups.includes(gid));
}
