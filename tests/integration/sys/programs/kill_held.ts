/** Has no descriptor left while it signals, as little as a kernel without pidfd_open(2) has one. */
import { libc } from "../../../../lib/sys/libc/libc.ts";
import { ObservedOs, shell } from "../observed_os.ts";
import { report } from "./report.ts";

const USR1 = 10;

const observed = new ObservedOs();
const { os } = observed;
const { pid } = os.spawn(shell("exec sleep 60"));
const { open, close } = libc();
const path = new TextEncoder().encode("/dev/null\0");
const taken: number[] = [];
for (let fd = open(path, 0); fd >= 0; fd = open(path, 0)) taken.push(fd);
const notMeant = os.killHeld(pid, USR1, { isMeant: () => false });
const meant = os.killHeld(pid, USR1, { isMeant: () => true, group: true });
for (const fd of taken) close(fd);
const status = await observed.ended(pid);
report({ notMeant, meant, signal: status.kind === "signaled" ? status.signal : undefined });
os.close();
