/** Who may do what over the control socket. */

/** The process at the other end, as the kernel tells when it connects, see unix(7). */
export interface Peer {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

export interface AccessRules {
  /** The user chaperone runs as. */
  readonly ownUid: number;
  readonly controlUid: number;
  readonly controlGid: number;
  readonly controlMode: number;
}

/** What a caller may do. */
export interface Caller {
  /** Everything. False: look, but not into what other users' services write. */
  readonly mayControl: boolean;
  /** Undefined where the kernel did not say. */
  readonly uid: number | undefined;
}

const GROUP_WRITE = 0o020;

/**
 * Says what a peer may do: root, chaperone's own user and `control_uid` everything; so do members
 * of
 * `control_gid` where `control_mode` lets the group write. All others whom the mode admits may
 * look.
 */
export function judgePeer(peer: Peer | undefined, rules: AccessRules): Caller {
  if (peer === undefined) return { mayControl: false, uid: undefined };
  const { uid } = peer;
  const isOwner = uid === 0 || uid === rules.ownUid || uid === rules.controlUid;
  const groupMay = (rules.controlMode & GROUP_WRITE) !== 0;
  const isMember = peer.gid === rules.controlGid || peer.groups.includes(rules.controlGid);
  return { mayControl: isOwner || (groupMay && isMember), uid };
}
