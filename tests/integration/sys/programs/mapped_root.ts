/** Starts a process as root where groups cannot be set. */
import { ObservedOs } from "../observed_os.ts";
import { report } from "./report.ts";

const observed = new ObservedOs();
const uid = await observed.outputOf("id -u", { identity: { uid: 0, gid: 0, groups: [0, 5] } });
report({ uid });
observed.os.close();
