/** Starts a process as root where groups cannot be set. */
import { ObservedOs } from "../observed_os.ts";

const observed = new ObservedOs();
const uid = await observed.outputOf("id -u", { identity: { uid: 0, gid: 0, groups: [0, 5] } });
console.log(JSON.stringify({ uid }));
observed.os.close();
