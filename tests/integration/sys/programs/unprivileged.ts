/** Starts processes as its own user and as another one, without any privilege. */
import { SystemError } from "../../../../lib/base/errors.ts";
import { ObservedOs, shell } from "../observed_os.ts";

const observed = new ObservedOs();
const self = { uid: Deno.uid() ?? -1, gid: Deno.gid() ?? -1, groups: [77] };
const show = 'echo "$(id -u) $(id -g)"';

function failureOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return { call: error.call, errno: error.errno, target: error.target };
  }
  return "none";
}

const own = await observed.outputOf(show, { identity: self, nice: 1 });
const stranger = { uid: 99, gid: 99, groups: [], userName: "other" };
const other = failureOf(() => observed.os.spawn(shell(show, { identity: stranger })));
const ownAfter = await observed.outputOf(show, { identity: self });
console.log(JSON.stringify({ own, other, ownAfter, childrenLeft: observed.os.hasChildren() }));
observed.os.close();
