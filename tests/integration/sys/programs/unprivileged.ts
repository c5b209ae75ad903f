/** Starts processes as its own user and as another one, without any privilege. */
import { ObservedOs, shell } from "../observed_os.ts";
import { report } from "./report.ts";

const observed = new ObservedOs();
const self = { uid: Deno.uid() ?? -1, gid: Deno.gid() ?? -1, groups: [77] };
const show = 'echo "$(id -u) $(id -g)"';

const own = await observed.outputOf(show, { identity: self, nice: 19 });
const stranger = { uid: 99, gid: 99, groups: [], userName: "other" };
const { call, errno } = await observed.failureOf(shell(show, { identity: stranger }));
const other = `${call} ${errno}`;
const ownAfter = await observed.outputOf(show, { identity: self });
report({ own, other, ownAfter, childrenLeft: observed.os.hasChildren() });
observed.os.close();
